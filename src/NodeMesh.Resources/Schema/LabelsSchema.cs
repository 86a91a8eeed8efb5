using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A mapping of names to text, as Kubernetes writes labels and annotations.</summary>
internal sealed class LabelsSchema(ValueSchema<string> value, bool mayBeEmpty = true) : ValueSchema<Labels>
{
    public const int AtMost = 128;

    public override string Expected => $"a mapping of label names to {value.Expected}";

    public override bool TryRead(FieldScope at, out Labels labels)
    {
        labels = Labels.Empty;
        if (at.Node is not YamlMapping mapping)
        {
            at.Error($"{at.Node.Description} stands here; expected is {Expected}");
            return false;
        }

        if (mapping.Entries.Count == 0 && !mayBeEmpty)
        {
            at.Error("no label stands here; give at least one, or leave the field out where it is optional");
            return false;
        }

        if (mapping.Entries.Count > AtMost)
        {
            at.Error($"{mapping.Entries.Count} labels stand here; at most {AtMost} are allowed");
            return false;
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, node) in mapping.Entries)
        {
            var entryAt = at.Field(key.Text, node);
            if (!LabelText.IsName(key.Text))
            {
                (entryAt with { Node = key }).Error($"{FoundText.Quote(key.Text)} is not a label name; expected is {LabelText.ExpectedName}");
            }
            else if (value.TryRead(entryAt, out var text))
            {
                found.Add(key.Text, text);
            }
        }

        labels = new Labels(found);
        return found.Count == mapping.Entries.Count;
    }

    public override YamlNode Write(Labels labels, bool defaults)
    {
        var mapping = new YamlMapping();
        foreach (var (name, text) in labels)
        {
            mapping.Add(name, new YamlScalar(text, ScalarType.Text));
        }

        return mapping;
    }

    public override bool IsNothing(Labels labels) => labels is null or { Count: 0 };
}
