using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Authorization;

/// <summary>The text of condition keys, as Istio writes them.</summary>
internal static class ConditionKeyText
{
    private const string Header = "request.headers";
    private const string Claim = "request.auth.claims";

    private static readonly (string Text, ConditionAttribute Attribute)[] Plain =
    [
        ("request.auth.principal", ConditionAttribute.RequestAuthPrincipal),
        ("request.auth.audiences", ConditionAttribute.RequestAuthAudiences),
        ("request.auth.presenter", ConditionAttribute.RequestAuthPresenter),
        ("remote.ip", ConditionAttribute.RemoteIp),
        ("source.ip", ConditionAttribute.SourceIp),
        ("source.namespace", ConditionAttribute.SourceNamespace),
        ("source.principal", ConditionAttribute.SourcePrincipal),
        ("source.serviceAccount", ConditionAttribute.SourceServiceAccount),
        ("source.trustDomain", ConditionAttribute.SourceTrustDomain),
        ("destination.ip", ConditionAttribute.DestinationIp),
        ("destination.port", ConditionAttribute.DestinationPort),
        ("connection.sni", ConditionAttribute.ConnectionSni),
    ];

    public static ScalarSchema<ConditionKey> Schema { get; } = new(
        ScalarForm.Text, "the name of an attribute, such as source.namespace or request.headers[x-team]", TryParse, Format);

    public static string Format(ConditionKey key) => key.Attribute switch
    {
        ConditionAttribute.RequestHeader => $"{Header}[{key.Names[0]}]",
        ConditionAttribute.RequestAuthClaim => Claim + string.Concat(key.Names.AsEnumerable().Select(name => $"[{name}]")),
        _ => Plain.First(p => p.Attribute == key.Attribute).Text,
    };

    private static bool TryParse(string text, out ConditionKey value, out string? problem)
    {
        problem = null;
        value = null!;
        foreach (var (known, attribute) in Plain)
        {
            if (string.Equals(known, text, StringComparison.Ordinal))
            {
                value = new ConditionKey(attribute, []);
                return true;
            }
        }

        if (text.StartsWith(Header, StringComparison.Ordinal) && Bracketed(text[Header.Length..]) is [var header] && IsToken(header))
        {
            value = new ConditionKey(ConditionAttribute.RequestHeader, [header.ToLowerInvariant()]);
            return true;
        }

        if (text.StartsWith(Claim, StringComparison.Ordinal) && Bracketed(text[Claim.Length..]) is { Count: > 0 and <= 8 } names)
        {
            value = new ConditionKey(ConditionAttribute.RequestAuthClaim, names.ToValueList());
            return true;
        }

        problem = $"no such attribute; {Suggestion.For(text, Plain.Select(p => p.Text).Prepend(Claim + "[name]").Prepend(Header + "[name]"))}";
        return false;
    }

    /// <summary>The names of <c>[a][b]</c>, or null when the text is anything else.</summary>
    private static List<string>? Bracketed(string text)
    {
        var names = new List<string>();
        while (text.Length > 0)
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (text[0] != '[' || end < 2 || text.AsSpan(1, end - 1).Contains('['))
            {
                return null;
            }

            names.Add(text[1..end]);
            text = text[(end + 1)..];
        }

        return names;
    }

    // RFC 9110 section 5.6.2.
    private static bool IsToken(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
