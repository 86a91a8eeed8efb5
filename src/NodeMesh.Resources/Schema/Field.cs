using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A named field of <typeparamref name="T"/>.</summary>
internal abstract class Field<T>(string name, bool isRequired)
{
    public string Name => name;

    public bool IsRequired => isRequired;

    /// <summary>What would be right, for the error of a missing field.</summary>
    public abstract string Expected { get; }

    /// <summary>Reads the field's value into the target, or reports what is wrong and leaves the target as it is.</summary>
    public abstract void Read(FieldScope at, ref T target);

    /// <summary>The value as it would stand in a file, or null when the field is best left out.</summary>
    public abstract YamlNode? Write(T source, T blank, bool defaults);

    public abstract IEnumerable<string> Paths(string parent);
}
