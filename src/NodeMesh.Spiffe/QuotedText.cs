using System.Text;

namespace NodeMesh.Spiffe;

/// <summary>Makes text that came from outside fit for a log line: quoted, bounded, and without control characters that could forge one.</summary>
public static class QuotedText
{
    private const int MaxShown = 120;

    public static string Of(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, MaxShown) + 8).Append('"');
        foreach (var c in text[..Math.Min(text.Length, MaxShown)])
        {
            shown.Append(c is >= ' ' and <= '~' and not '"' ? c : '?');
        }

        if (text.Length > MaxShown)
        {
            shown.Append("...");
        }

        return shown.Append('"').ToString();
    }
}
