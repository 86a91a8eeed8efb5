namespace NodeMesh.Resources.Schema;

/// <summary>The syntax of label names and values, as Kubernetes has it.</summary>
internal static class LabelText
{
    public const string ExpectedName =
        "a label name: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, optionally after a DNS name and '/'";

    public const string ExpectedValue =
        "a label value: empty, or at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit";

    public static bool IsName(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return (slash < 0 || DnsText.IsName(text.AsSpan(0, slash))) && text.Length > slash + 1 && IsValue(text[(slash + 1)..]);
    }

    public static bool IsValue(string text) =>
        text.Length == 0
        || (text.Length <= 63
            && char.IsAsciiLetterOrDigit(text[0])
            && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
}
