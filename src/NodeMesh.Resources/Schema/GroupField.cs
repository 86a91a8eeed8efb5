using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A mapping in the file whose fields are properties of the surrounding record, such as <c>spec</c>.</summary>
internal sealed class GroupField<T>(string name, bool isRequired, ObjectSchema<T> schema) : Field<T>(name, isRequired)
{
    public override string Expected => schema.Expected;

    public override void Read(FieldScope at, ref T target)
    {
        if (schema.TryReadInto(at, target, out var read))
        {
            target = read;
        }
    }

    public override YamlNode? Write(T source, T blank, bool defaults)
    {
        var mapping = schema.WriteOver(source, blank, defaults);
        return mapping.Entries.Count == 0 && !IsRequired ? null : mapping;
    }

    public override IEnumerable<string> Paths(string parent) => schema.FieldsBelow(parent + Name).Prepend(parent + Name);
}
