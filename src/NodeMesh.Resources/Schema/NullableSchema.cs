using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A value type in a field that may be left out.</summary>
internal sealed class NullableSchema<T>(ValueSchema<T> inner) : ValueSchema<T?>
    where T : struct
{
    public override string Expected => inner.Expected;

    public override bool TryRead(FieldScope at, out T? value)
    {
        var read = inner.TryRead(at, out var found);
        value = read ? found : null;
        return read;
    }

    public override YamlNode Write(T? value, bool defaults) => inner.Write(value!.Value, defaults);
}
