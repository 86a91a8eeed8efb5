using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A list of values. Empty lists are refused unless allowed: in a policy "nothing given" and "none" are too easily confused.</summary>
internal sealed class ListSchema<T>(ValueSchema<T> item, int atMost, bool mayBeEmpty = false, bool distinct = false) : ValueSchema<ValueList<T>>
{
    public override string Expected => $"a list, each entry {item.Expected}";

    public override bool TryRead(FieldScope at, out ValueList<T> value)
    {
        value = [];
        if (at.Node is not YamlSequence sequence)
        {
            at.Error($"{at.Node.Description} stands here; expected is {Expected}");
            return false;
        }

        if (sequence.Items.Count == 0 && !mayBeEmpty)
        {
            at.Error($"the list is empty; give at least one entry ({item.Expected}), or leave the field out where it is optional");
            return false;
        }

        if (sequence.Items.Count > atMost)
        {
            at.Error($"the list has {sequence.Items.Count} entries; at most {atMost} are allowed");
            return false;
        }

        var items = new List<T>(sequence.Items.Count);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var itemAt = at.Item(i, sequence.Items[i]);
            if (!item.TryRead(itemAt, out var read))
            {
                continue;
            }

            if (distinct && items.Contains(read))
            {
                itemAt.Error($"{sequence.Items[i].Description} stands in the list already");
                continue;
            }

            items.Add(read);
        }

        value = items.ToValueList();
        return items.Count == sequence.Items.Count;
    }

    public override YamlNode Write(ValueList<T> value, bool defaults)
    {
        var sequence = new YamlSequence();
        foreach (var entry in value)
        {
            sequence.Items.Add(item.Write(entry, defaults));
        }

        return sequence;
    }

    public override bool IsNothing(ValueList<T> value) => value.IsEmpty;

    public override IEnumerable<string> FieldsBelow(string path) => item.FieldsBelow(path + "[]");
}
