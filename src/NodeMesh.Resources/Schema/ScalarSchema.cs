using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A value written as one scalar.</summary>
internal sealed class ScalarSchema<T>(ScalarForm form, string expected, ScalarParser<T> parse, Func<T, string> format) : ValueSchema<T>
{
    public override string Expected => expected;

    /// <summary>Reads a text that stands in no file, such as a flag's value.</summary>
    public bool TryParse(string text, out T value) => parse(text, out value, out _);

    public override bool TryRead(FieldScope at, out T value)
    {
        value = default!;
        if (at.Node is not YamlScalar scalar || scalar.Type == ScalarType.Null)
        {
            at.Error($"{at.Node.Description} stands here; expected is {expected}");
            return false;
        }

        var isText = scalar.Type == ScalarType.Text;
        if (!parse(scalar.Text, out value, out var problem))
        {
            at.Error(problem is null
                ? $"{scalar.Description} is not right here; expected is {expected}"
                : $"{FoundText.Quote(scalar.Text)}: {problem}");
            return false;
        }

        if (form == ScalarForm.Text && !isText)
        {
            at.Error($"{scalar.Description} is not text; expected is {expected}, so put it in quotes: {FoundText.Quote(scalar.Text)}");
            return false;
        }

        if (form is ScalarForm.Number or ScalarForm.Boolean && isText)
        {
            at.Error($"{scalar.Description} is text; expected is {expected}, so write it without quotes");
            return false;
        }

        return true;
    }

    public override YamlNode Write(T value, bool defaults)
    {
        var text = format(value);
        return new YamlScalar(text, form switch
        {
            ScalarForm.Number => ScalarType.Number,
            ScalarForm.Boolean => ScalarType.Boolean,
            ScalarForm.TextOrNumber when IsPlainNumber(text) => ScalarType.Number,
            _ => ScalarType.Text,
        });
    }

    public override bool IsNothing(T value) => value is null or "";

    // A text such as 007 is not a number of JSON, and would not come back as it was.
    private static bool IsPlainNumber(string text) =>
        text.Length is > 0 and < 16 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && (text.Length == 1 || text[0] != '0');
}
