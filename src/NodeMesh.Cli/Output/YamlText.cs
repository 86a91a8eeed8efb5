using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Output;

/// <summary>Prints JSON values as block YAML. Text that a reader could take for something else is put in double quotes. Stateless.</summary>
internal static class YamlText
{
    public static string Of(JsonNode node)
    {
        var text = new StringBuilder();
        Block(node, 0, text);
        return text.ToString();
    }

    /// <summary>Several documents, as they may stand in one file.</summary>
    public static string OfDocuments(IEnumerable<JsonNode> documents) => string.Join("---\n", documents.Select(Of));

    private static void Block(JsonNode? node, int indent, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } entries:
                Entries(entries, indent, continued: false, text);
                break;
            case JsonArray { Count: > 0 } items:
                Items(items, indent, text);
                break;
            default:
                text.Append(' ', indent).Append(Scalar(node)).Append('\n');
                break;
        }
    }

    private static void Entries(JsonObject entries, int indent, bool continued, StringBuilder text)
    {
        foreach (var (key, value) in entries)
        {
            _ = continued ? text : text.Append(' ', indent);
            continued = false;
            text.Append(Text(key)).Append(':');
            if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
            {
                text.Append('\n');
                Block(value, indent + 2, text);
            }
            else if (TextOf(value) is { } lines && IsBlockSafe(lines))
            {
                Literal(lines, indent + 2, text);
            }
            else
            {
                text.Append(' ').Append(Scalar(value)).Append('\n');
            }
        }
    }

    private static void Items(JsonArray items, int indent, StringBuilder text)
    {
        foreach (var item in items)
        {
            text.Append(' ', indent).Append('-');
            if (item is JsonObject { Count: > 0 } entries)
            {
                text.Append(' ');
                Entries(entries, indent + 2, continued: true, text);
            }
            else if (item is JsonArray { Count: > 0 } nested)
            {
                text.Append('\n');
                Items(nested, indent + 2, text);
            }
            else if (TextOf(item) is { } lines && IsBlockSafe(lines))
            {
                Literal(lines, indent + 2, text);
            }
            else
            {
                text.Append(' ').Append(Scalar(item)).Append('\n');
            }
        }
    }

    private static void Literal(string lines, int indent, StringBuilder text)
    {
        var ended = lines.EndsWith('\n');
        text.Append(ended ? " |\n" : " |-\n");
        foreach (var line in (ended ? lines[..^1] : lines).Split('\n'))
        {
            text.Append(' ', indent).Append(line).Append('\n');
        }
    }

    private static string Scalar(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when TextOf(node) is { } text => Text(text),
        _ => node.ToJsonString(),
    };

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static string Text(string text) => IsPlainSafe(text) ? text : JsonText.Quote(text);

    private static bool IsPlainSafe(string text)
    {
        // Anything that begins like a number is quoted: dates, times, versions and octal numbers differ between YAML readers.
        return text.Length > 0
            && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_')
            && text.ToLower(CultureInfo.InvariantCulture) is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n")
            && text[^1] is not (':' or ' ')
            && !text.Contains(": ", StringComparison.Ordinal)
            && !text.Contains(" #", StringComparison.Ordinal)
            && text.All(c => char.IsAsciiLetterOrDigit(c) || "/_-.:@+*=()<>,;' ".Contains(c, StringComparison.Ordinal));
    }

    private static bool IsBlockSafe(string text)
    {
        var lines = text.Split('\n');
        return lines.Length > 1
            && lines[0].Length > 0
            && !lines[0].StartsWith(' ')
            && !text.EndsWith("\n\n", StringComparison.Ordinal)
            && text.All(c => c == '\n' || !char.IsControl(c));
    }
}
