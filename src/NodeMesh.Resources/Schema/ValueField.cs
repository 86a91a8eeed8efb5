using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A field that holds one property of its record.</summary>
internal sealed class ValueField<T, TValue>(
    string name, bool isRequired, ValueSchema<TValue> schema, Func<T, TValue?> get, Func<T, TValue, T> set) : Field<T>(name, isRequired)
{
    public override string Expected => schema.Expected;

    public override void Read(FieldScope at, ref T target)
    {
        if (schema.TryRead(at, out var value))
        {
            target = set(target, value);
        }
    }

    public override YamlNode? Write(T source, T blank, bool defaults)
    {
        var value = get(source);
        if (value is null || schema.IsNothing(value))
        {
            return null;
        }

        var isDefault = !IsRequired && EqualityComparer<TValue>.Default.Equals(value, get(blank));
        return isDefault && !defaults ? null : schema.Write(value, defaults);
    }

    public override IEnumerable<string> Paths(string parent) => schema.FieldsBelow(parent + Name).Prepend(parent + Name);
}
