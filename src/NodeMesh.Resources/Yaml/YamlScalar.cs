using System.Buffers;
using System.Globalization;

namespace NodeMesh.Resources.Yaml;

/// <summary>One value: text, a number, true or false, or nothing.</summary>
internal sealed class YamlScalar(string text, ScalarType type, int line = 0, int column = 0) : YamlNode(line, column)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public string Text => text;

    public ScalarType Type => type;

    public override string Description => type switch
    {
        ScalarType.Null => "nothing",
        ScalarType.Number => $"the number {FoundText.Of(text)}",
        ScalarType.Boolean => text,
        _ => FoundText.Quote(text),
    };

    /// <summary>The type of an unquoted scalar.</summary>
    public static ScalarType TypeOfPlain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarType.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarType.Boolean,
        _ when IsNumber(text) => ScalarType.Number,
        _ => ScalarType.Text,
    };

    private static bool IsNumber(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        if (digits.IsEmpty || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.'))
        {
            return false;
        }

        return digits.StartsWith("0x", StringComparison.Ordinal) || digits.StartsWith("0o", StringComparison.Ordinal)
            ? !digits[2..].ContainsAnyExcept(HexDigits)
            : digits is ".inf" or ".Inf" or ".INF" or ".nan" or ".NaN" or ".NAN"
                || double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _);
    }
}
