using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A value whose form in the file is another type's.</summary>
internal sealed class MappedSchema<TFile, T>(ValueSchema<TFile> inner, TryMap<TFile, T> map, Func<T, TFile> back) : ValueSchema<T>
{
    public override string Expected => inner.Expected;

    public override bool TryRead(FieldScope at, out T value)
    {
        if (inner.TryRead(at, out var read) && map(read, at, out value))
        {
            return true;
        }

        value = default!;
        return false;
    }

    public override YamlNode Write(T value, bool defaults) => inner.Write(back(value), defaults);

    public override bool IsNothing(T value) => inner.IsNothing(back(value));

    public override IEnumerable<string> FieldsBelow(string path) => inner.FieldsBelow(path);
}
