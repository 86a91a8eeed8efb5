using System.Text.RegularExpressions;

namespace NodeMesh.Cli.Support;

/// <summary>
/// Takes out of a text what must not leave the machine: private keys, tokens, passwords, credentials in headers and addresses. It errs on the side of
/// taking too much. What it reads is as long as a log and written by anybody: nothing here takes more than linear time. Stateless.
/// </summary>
internal static class Redactor
{
    public const string Mark = "[redacted]";

    private static readonly (Regex Pattern, string Replacement)[] Rules =
    [
        // PEM, also as one line of JSON; a torn one to its end.
        (Linear(@"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(.|\n)*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)"), Mark),

        // nodemeshctl node token create.
        (Linear(@"\bnmj1\.[\w.\-]+"), Mark),

        // JSON web tokens: three parts in base64url, the first a JSON object.
        (Linear(@"\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*"), Mark),

        // The private members of a JSON web key (RFC 7518, 6).
        (Linear(@"(?<name>""(d|p|q|dp|dq|qi|k)""\s*:\s*"")[^""]*"), "${name}" + Mark),

        // https://user:password@host.
        (Linear(@"://[^/\s@""']+@"), "://" + Mark + "@"),

        // Headers, whose values may have several words: to the end of the line or of the quotation.
        (Linear(@"(?<name>(authorization|cookie)[""']?\s*[:=]\s*[""']?)[^""'\r\n]+"), "${name}" + Mark),
        (Linear(@"\b(?<name>bearer|basic)\s+[\w+/=.~\-]{6,}"), "${name} " + Mark),

        // A field, variable or parameter that is named as secrets are: apiKey: ..., DB_PASSWORD=..., ?token=....
        (Linear(@"(?<name>(password|passwd|passphrase|secret|token|api[_\-]?key|credentials?)[""']?\s*[:=]\s*[""']?)[^\s""'&,;}\]\[]+"), "${name}" + Mark),
    ];

    public static string Redact(string text) => Rules.Aggregate(text, (rest, rule) => rule.Pattern.Replace(rest, rule.Replacement));

    private static Regex Linear(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
