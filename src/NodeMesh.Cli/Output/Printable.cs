namespace NodeMesh.Cli.Output;

/// <summary>Keeps text of others from steering the terminal. Stateless.</summary>
internal static class Printable
{
    /// <summary>The text with each control character replaced by U+FFFD.</summary>
    public static string Of(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        return string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '\uFFFD' : source[i];
            }
        });
    }
}
