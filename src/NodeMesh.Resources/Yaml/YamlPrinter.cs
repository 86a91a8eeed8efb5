using System.Buffers;
using System.Text;

namespace NodeMesh.Resources.Yaml;

/// <summary>
/// Prints a tree as block YAML, two spaces deep. Text that another reader could take for something else (numbers, <c>yes</c>, a leading
/// star) is put in double quotes.
/// </summary>
internal static class YamlPrinter
{
    private static readonly SearchValues<char> Sexagesimal = SearchValues.Create("0123456789:.");

    public static void Print(YamlNode root, StringBuilder output)
    {
        PrintBlock(root, 0, output);
    }

    private static void PrintBlock(YamlNode node, int indent, StringBuilder output)
    {
        switch (node)
        {
            case YamlMapping { Entries: { Count: > 0 } entries }:
                PrintEntries(entries, indent, firstOnThisLine: false, output);
                break;
            case YamlSequence { Items: { Count: > 0 } items }:
                PrintItems(items, indent, output);
                break;
            default:
                output.Append(' ', indent).Append(Flow(node)).Append('\n');
                break;
        }
    }

    private static void PrintEntries(
        IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> entries, int indent, bool firstOnThisLine, StringBuilder output)
    {
        foreach (var (key, value) in entries)
        {
            _ = firstOnThisLine ? output : output.Append(' ', indent);
            firstOnThisLine = false;
            output.Append(Flow(key)).Append(':');
            if (value is YamlMapping { Entries.Count: > 0 } or YamlSequence { Items.Count: > 0 })
            {
                output.Append('\n');
                PrintBlock(value, indent + 2, output);
            }
            else
            {
                output.Append(' ').Append(Flow(value)).Append('\n');
            }
        }
    }

    private static void PrintItems(List<YamlNode> items, int indent, StringBuilder output)
    {
        foreach (var item in items)
        {
            output.Append(' ', indent).Append("- ");
            if (item is YamlMapping { Entries: { Count: > 0 } entries })
            {
                PrintEntries(entries, indent + 2, firstOnThisLine: true, output);
            }
            else if (item is YamlSequence { Items.Count: > 0 })
            {
                output.Append('\n');
                PrintBlock(item, indent + 2, output);
            }
            else
            {
                output.Append(Flow(item)).Append('\n');
            }
        }
    }

    private static string Flow(YamlNode node) => node switch
    {
        YamlMapping => "{}",
        YamlSequence => "[]",
        YamlScalar { Type: ScalarType.Text } text => IsPlainSafe(text.Text) ? text.Text : JsonPrinter.Quote(text.Text),
        YamlScalar scalar => scalar.Text,
        _ => throw new InvalidOperationException($"{node.GetType().Name} cannot be printed"),
    };

    private static bool IsPlainSafe(string text)
    {
        if (text.Length == 0 || YamlScalar.TypeOfPlain(text) != ScalarType.Text || !(char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '_'))
        {
            return false;
        }

        // What YAML 1.1 readers take for a boolean, and sexagesimal numbers such as 22:22.
        if (text.ToLowerInvariant() is "yes" or "no" or "on" or "off" or "y" or "n")
        {
            return false;
        }

        var onlyDigitsAndColons = !text.AsSpan().ContainsAnyExcept(Sexagesimal);
        return !(onlyDigitsAndColons && text.Contains(':', StringComparison.Ordinal))
            && text[^1] != ':'
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '.' or ':' or '@' or '+' or '*' or '=' or '[' or ']');
    }
}
