using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>
/// A mapping with known fields. Reading begins with a blank record, which holds the defaults, and replaces what the file gives; unknown and
/// missing fields are errors.
/// </summary>
/// <param name="what">With its article: <c>a service port</c>.</param>
/// <param name="blank">The record with its defaults; required properties hold anything, they are never left as they are.</param>
/// <param name="complete">Fills in defaults that depend on other fields.</param>
/// <param name="check">Reports what is wrong between fields; runs only when each field is right.</param>
internal sealed class ObjectSchema<T>(
    string what, Func<T> blank, IReadOnlyList<Field<T>> fields, Func<T, T>? complete = null, Action<T, FieldScope>? check = null) : ValueSchema<T>
{
    public override string Expected => $"{what} (a mapping with {string.Join(", ", fields.Select(f => f.Name))})";

    public T Blank => blank();

    public override bool TryRead(FieldScope at, out T value) => TryReadInto(at, blank(), out value);

    /// <summary>Reads over a record that holds the defaults.</summary>
    public bool TryReadInto(FieldScope at, T target, out T value)
    {
        value = target;
        if (at.Node is not YamlMapping mapping)
        {
            at.Error($"{at.Node.Description} stands here; expected is {Expected}");
            return false;
        }

        var errors = at.Document.Errors;
        foreach (var (key, node) in mapping.Entries)
        {
            if (FindField(key.Text) is { } field)
            {
                ReadField(field, at.Field(key.Text, node), ref value);
            }
            else
            {
                at.Field(key.Text, key).Error($"{what} has no such field; {Suggestion.For(key.Text, fields.Select(f => f.Name))}");
            }
        }

        foreach (var field in fields)
        {
            if (field.IsRequired && mapping.Find(field.Name) is null)
            {
                at.Field(field.Name, mapping).Error($"the field is missing; expected is {field.Expected}");
            }
        }

        if (at.Document.Errors != errors)
        {
            return false;
        }

        value = complete is null ? value : complete(value);
        check?.Invoke(value, at);
        return at.Document.Errors == errors;
    }

    public override YamlNode Write(T value, bool defaults) => WriteOver(value, blank(), defaults);

    public YamlMapping WriteOver(T value, T blankValue, bool defaults)
    {
        var mapping = new YamlMapping();
        foreach (var field in fields)
        {
            if (field.Write(value, blankValue, defaults) is { } node)
            {
                mapping.Add(field.Name, node);
            }
        }

        return mapping;
    }

    public override IEnumerable<string> FieldsBelow(string path) => fields.SelectMany(field => field.Paths(path.Length == 0 ? "" : path + "."));

    // A field that is given but empty is refused: after an edit gone wrong, "from:" alone would otherwise let everybody in.
    private static void ReadField(Field<T> field, FieldScope at, ref T target)
    {
        if (at.Node is YamlScalar { Type: ScalarType.Null })
        {
            at.Error($"the field is given without a value; expected is {field.Expected}{(field.IsRequired ? "" : ", or leave the field out")}");
            return;
        }

        field.Read(at, ref target);
    }

    private Field<T>? FindField(string name)
    {
        foreach (var field in fields)
        {
            if (string.Equals(field.Name, name, StringComparison.Ordinal))
            {
                return field;
            }
        }

        return null;
    }
}
