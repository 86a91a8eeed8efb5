using System.Text;
using System.Text.Json;

namespace NodeMesh.Resources.Yaml;

/// <summary>Prints a tree as JSON.</summary>
internal static class JsonPrinter
{
    public static void Print(YamlNode root, Utf8JsonWriter output)
    {
        switch (root)
        {
            case YamlMapping mapping:
                output.WriteStartObject();
                foreach (var (key, value) in mapping.Entries)
                {
                    output.WritePropertyName(key.Text);
                    Print(value, output);
                }

                output.WriteEndObject();
                break;
            case YamlSequence sequence:
                output.WriteStartArray();
                foreach (var item in sequence.Items)
                {
                    Print(item, output);
                }

                output.WriteEndArray();
                break;
            case YamlScalar { Type: ScalarType.Text } scalar:
                output.WriteStringValue(scalar.Text);
                break;
            case YamlScalar scalar:
                output.WriteRawValue(scalar.Text);
                break;
            default:
                throw new InvalidOperationException($"{root.GetType().Name} cannot be printed");
        }
    }

    /// <summary>
    /// A text in double quotes with JSON's escapes, all of which YAML knows too. Characters outside the basic plane stand as they are: YAML
    /// does not know surrogate pairs.
    /// </summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < 0x20 or (>= 0x7f and < 0xa0) or 0x2028 or 0x2029 or 0xfeff or 0xfffe or 0xffff => quoted.Append($"\\u{rune.Value:x4}"),
                _ => quoted.Append(rune.ToString()),
            };
        }

        return quoted.Append('"').ToString();
    }
}
