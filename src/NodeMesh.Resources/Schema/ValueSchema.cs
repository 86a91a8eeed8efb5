using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>How a value of a type is read from YAML and written to it. Immutable; one instance serves every load.</summary>
internal abstract class ValueSchema<T>
{
    /// <summary>What would be right, with its article: <c>a port, a number from 1 to 65535</c>.</summary>
    public abstract string Expected { get; }

    /// <summary>Reads a value, or reports what is wrong and returns false.</summary>
    public abstract bool TryRead(FieldScope at, out T value);

    /// <summary>The value as it would stand in a file; with <paramref name="defaults"/> also where a default says the same.</summary>
    public abstract YamlNode Write(T value, bool defaults);

    /// <summary>True for a value that is best written by leaving its field out, such as an empty list.</summary>
    public virtual bool IsNothing(T value) => value is null;

    /// <summary>The paths of every field below, for the reference to be checked against.</summary>
    public virtual IEnumerable<string> FieldsBelow(string path) => [];
}
