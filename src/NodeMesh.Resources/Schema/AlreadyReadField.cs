using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A required field that was read before the others, because they depend on it.</summary>
internal sealed class AlreadyReadField<T>(string name, string expected) : Field<T>(name, isRequired: true)
{
    public override string Expected => expected;

    public override void Read(FieldScope at, ref T target)
    {
    }

    public override YamlNode? Write(T source, T blank, bool defaults) => null;

    public override IEnumerable<string> Paths(string parent) => [parent + Name];
}
