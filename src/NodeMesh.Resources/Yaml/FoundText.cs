using System.Globalization;
using System.Text;

namespace NodeMesh.Resources.Yaml;

/// <summary>What stands in a file, made fit for one line of an error message: bounded, control characters escaped.</summary>
internal static class FoundText
{
    private const int MaxLength = 80;
    private const int MaxSentenceLength = 200;

    public static string Quote(string text) => $"\"{Of(text)}\"";

    public static string Of(string text) => Of(text, MaxLength);

    /// <summary>A message that another library made, which may repeat what stands in the file.</summary>
    public static string OfSentence(string text) => Of(text, MaxSentenceLength);

    private static string Of(string text, int maxLength)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= maxLength)
            {
                shown.Append("...");
                break;
            }

            _ = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
                ? shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}")
                : shown.Append(rune.ToString());
        }

        return shown.ToString();
    }
}
