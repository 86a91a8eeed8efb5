using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A value written as one scalar.</summary>
internal sealed class ScalarSchema<T>(ScalarForm form, string expected, ScalarParser<T> parse, Func<T, string> format) : ValueSchema<T>
{
    public override string Expected => expected;

    public override bool TryRead(FieldScope at, out T value)
    {
        value = default!;
        if (at.Node is not YamlScalar scalar || scalar.Type == ScalarType.Null)
        {
            at.Error($"{at.Node.Description} stands here; expected is {expected}");
            return false;
        }

        if (form == ScalarForm.Text && scalar.Type != ScalarType.Text)
        {
            var read = scalar.Type == ScalarType.Number ? "a number" : "true or false";
            at.Error($"{FoundText.Of(scalar.Text)} is read as {read}; expected is {expected}, so put it in quotes: {FoundText.Quote(scalar.Text)}");
            return false;
        }

        if (!parse(scalar.Text, out value, out var problem))
        {
            at.Error(problem is null
                ? $"{scalar.Description} is not right here; expected is {expected}"
                : $"{FoundText.Quote(scalar.Text)}: {problem}");
            return false;
        }

        if (form is ScalarForm.Number or ScalarForm.Boolean && scalar.Type == ScalarType.Text)
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
            ScalarForm.TextOrNumber when !text.AsSpan().ContainsAnyExceptInRange('0', '9') => ScalarType.Number,
            _ => ScalarType.Text,
        });
    }

    public override bool IsNothing(T value) => value is null or "";
}
