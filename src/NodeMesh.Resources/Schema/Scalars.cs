using System.Globalization;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Schema;

/// <summary>Names, numbers and other plain values.</summary>
internal static class Scalars
{
    public static ScalarSchema<bool> Boolean { get; } = new(
        ScalarForm.Boolean, "true or false", TryParseBoolean, value => value ? "true" : "false");

    public static ScalarSchema<string> DnsLabel { get; } = Text(
        "a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit", text => DnsText.IsLabel(text));

    public static ScalarSchema<string> DnsName { get; } = Text(
        "a DNS name in lower case, such as cart.example.org", text => DnsText.IsName(text) && !NetworkText.LooksLikeIPv4(text));

    public static ScalarSchema<string> DnsNameOrWildcard { get; } = Text(
        "a DNS name in lower case, such as cart.example.org or *.example.org",
        text => DnsText.IsName(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text) && !NetworkText.LooksLikeIPv4(text));

    public static ScalarSchema<string> LabelValue { get; } = Text(LabelText.ExpectedValue, LabelText.IsValue);

    public static ScalarSchema<string> AnyText { get; } = Text("text", _ => true);

    public static ScalarSchema<string> AbsolutePath { get; } = Text(
        "an absolute path without '.' or '..' or double slashes, such as /usr/bin/cart", IsAbsolutePath);

    public static ScalarSchema<string> UserName { get; } = Text(
        "a user name, such as www-data", text => text.Length is > 0 and <= 64 && !text.Any(c => c is ':' or '/' || char.IsWhiteSpace(c) || char.IsControl(c)));

    public static ScalarSchema<string> SystemdUnit { get; } = Text(
        "a systemd unit with its suffix, such as cart.service", IsSystemdUnit);

    public static ScalarSchema<TrustDomain> TrustDomain { get; } = new(
        ScalarForm.Text, "a trust domain, such as example.org", TryParseTrustDomain, value => value.Name);

    public static ScalarSchema<TimeSpan> Duration { get; } = new(
        ScalarForm.Text, DurationText.Expected, TryParseDuration, DurationText.Format);

    /// <summary>A duration within bounds; with <paramref name="mayBeZero"/> also <c>0s</c>, which stands for none.</summary>
    public static ScalarSchema<TimeSpan> DurationWithin(TimeSpan least, TimeSpan most, bool mayBeZero = false)
    {
        bool TryParse(string text, out TimeSpan value, out string? problem)
        {
            problem = null;
            return DurationText.TryParse(text, out value) && ((value >= least && value <= most) || (mayBeZero && value == TimeSpan.Zero));
        }

        var range = $"a duration from {DurationText.Format(least)} to {DurationText.Format(most)}{(mayBeZero ? ", or 0s for none" : "")}";
        return new ScalarSchema<TimeSpan>(ScalarForm.Text, range, TryParse, DurationText.Format);
    }

    public static ScalarSchema<AppProtocol> Protocol { get; } = Choice.Of(
        ("auto", AppProtocol.Auto),
        ("tcp", AppProtocol.Tcp),
        ("http", AppProtocol.Http),
        ("http2", AppProtocol.Http2),
        ("grpc", AppProtocol.Grpc),
        ("tls", AppProtocol.Tls));

    public static ScalarSchema<string> Text(string expected, Func<string, bool> isRight)
    {
        bool TryParse(string text, out string value, out string? problem)
        {
            (value, problem) = (text, null);
            return isRight(text);
        }

        return new ScalarSchema<string>(ScalarForm.Text, expected, TryParse, value => value);
    }

    /// <summary>A whole number within bounds, in decimal digits.</summary>
    public static ScalarSchema<T> Number<T>(string what, long least, long most, Func<long, T> from, Func<T, long> to, ScalarForm form = ScalarForm.Number)
    {
        bool TryParse(string text, out T value, out string? problem)
        {
            problem = null;
            var isNumber = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
            var isRight = isNumber && number >= least && number <= most && IsPlainDecimal(text);
            value = isRight ? from(number) : default!;
            return isRight;
        }

        return new ScalarSchema<T>(
            form,
            string.Create(CultureInfo.InvariantCulture, $"{what}, a whole number from {least} to {most}"),
            TryParse,
            value => to(value).ToString(CultureInfo.InvariantCulture));
    }

    // 010 is eight to YAML 1.1 and ten to YAML 1.2: neither is taken.
    private static bool IsPlainDecimal(string text) => text.Length == 1 || text[0] is not ('0' or '+');

    private static bool TryParseBoolean(string text, out bool value, out string? problem)
    {
        problem = null;
        value = text is "true";
        return text is "true" or "false";
    }

    private static bool TryParseTrustDomain(string text, out TrustDomain value, out string? problem)
    {
        var parsed = Spiffe.TrustDomain.TryParse(text, out var trustDomain, out problem);
        value = trustDomain!;
        return parsed;
    }

    private static bool TryParseDuration(string text, out TimeSpan value, out string? problem)
    {
        problem = null;
        return DurationText.TryParse(text, out value);
    }

    private static bool IsAbsolutePath(string text) =>
        text.Length is > 1 and <= 4096
        && text[0] == '/'
        && !text.Any(char.IsControl)
        && text[1..].Split('/').All(part => part is not ("" or "." or ".."));

    private static bool IsSystemdUnit(string text)
    {
        var suffix = text.LastIndexOf('.');
        return text.Length <= 255
            && suffix > 0
            && text[(suffix + 1)..] is "service" or "scope" or "slice"
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');
    }
}
