using System.Net;
using System.Text.RegularExpressions;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tests.Authorization;

/// <summary>
/// The reference semantics written straight down, slow and without compiling anything: every field yields yes, no or unknown, and only the
/// last step says what unknown means.
/// </summary>
internal static class NaiveAuthorizer
{
    private enum Answer
    {
        No,
        Unknown,
        Yes,
    }

    public static bool Allowed(IReadOnlyList<AuthorizationPolicy> policies, ConnectionFacts facts, NaiveRequest? request = null)
    {
        var enforced = policies.Where(policy => !policy.DryRun).ToList();
        if (enforced.Exists(policy => policy.Action == AuthorizationAction.Deny && Matches(policy, facts, request)))
        {
            return false;
        }

        var allows = enforced.Where(policy => policy.Action == AuthorizationAction.Allow).ToList();
        return allows.Count == 0 || allows.Exists(policy => Matches(policy, facts, request));
    }

    private static bool Matches(AuthorizationPolicy policy, ConnectionFacts facts, NaiveRequest? request)
    {
        var deny = policy.Action == AuthorizationAction.Deny;
        return policy.Rules.AsEnumerable().Any(rule =>
        {
            var answers = new[]
            {
                AnyOf(rule.From.AsEnumerable().Select(source => Source(source, facts, request, policy.Namespace, deny))),
                AnyOf(rule.To.AsEnumerable().Select(operation => Operation(operation, facts, request, deny))),
                rule.When.AsEnumerable().All(condition => All(Condition(condition, facts, request, policy.Namespace, deny), deny)),
            };
            var http = rule.From.AsEnumerable().Any(s => s.NeedsHttp) || rule.To.AsEnumerable().Any(o => o.NeedsHttp)
                || rule.When.AsEnumerable().Any(c => c.NeedsHttp);
            return Array.TrueForAll(answers, answer => answer) && (deny || !http || request is not null);
        });
    }

    private static bool AnyOf(IEnumerable<bool> entries)
    {
        var all = entries.ToList();
        return all.Count == 0 || all.Contains(true);
    }

    private static bool All(IEnumerable<Answer> answers, bool unknownMatches) =>
        answers.All(answer => answer == Answer.Yes || (answer == Answer.Unknown && unknownMatches));

    private static bool Source(AuthorizationSource source, ConnectionFacts facts, NaiveRequest? request, string ns, bool deny) => All(
        [
            .. Strings(source.Principals, source.NotPrincipals, facts.Peer?.ToString()),
            .. Strings(source.Namespaces, source.NotNamespaces, facts.Peer?.Namespace),
            .. Strings(source.TrustDomains, source.NotTrustDomains, facts.Peer?.TrustDomain.Name),
            .. Strings(
                source.ServiceAccounts.AsEnumerable().Select(a => Account(a, ns)).ToValueList(),
                source.NotServiceAccounts.AsEnumerable().Select(a => Account(a, ns)).ToValueList(),
                Account(facts.Peer)),
            .. Networks(source.IpBlocks, source.NotIpBlocks, facts.Source.ToIPAddress()),
            .. request is null ? [] : Networks(source.RemoteIpBlocks, source.NotRemoteIpBlocks, request.Remote),
            .. request is null ? [] : Token(source.RequestPrincipals, source.NotRequestPrincipals),
        ],
        deny);

    private static bool Operation(AuthorizationOperation operation, ConnectionFacts facts, NaiveRequest? request, bool deny) => All(
        [
            .. Ports(operation.Ports, operation.NotPorts, facts.Destination.Port),
            .. request is null
                ? []
                : Strings(operation.Hosts, operation.NotHosts, request.Host?.ToLowerInvariant())
                    .Concat(Strings(operation.Methods, operation.NotMethods, request.Method))
                    .Concat(Regexes(operation.Paths, operation.NotPaths, request.Path)),
        ],
        deny);

    private static IEnumerable<Answer> Condition(
        AuthorizationCondition condition, ConnectionFacts facts, NaiveRequest? request, string ns, bool deny) => condition.Key.Attribute switch
        {
            ConditionAttribute.SourceIp => Networks(condition.Networks, condition.NotNetworks, facts.Source.ToIPAddress()),
            ConditionAttribute.DestinationIp => Networks(condition.Networks, condition.NotNetworks, facts.Destination.ToIPAddress()),
            ConditionAttribute.DestinationPort => Ports(condition.Ports, condition.NotPorts, facts.Destination.Port),
            ConditionAttribute.SourcePrincipal => Strings(condition.Values, condition.NotValues, facts.Peer?.ToString()),
            ConditionAttribute.SourceNamespace => Strings(condition.Values, condition.NotValues, facts.Peer?.Namespace),
            ConditionAttribute.SourceTrustDomain => Strings(condition.Values, condition.NotValues, facts.Peer?.TrustDomain.Name),
            ConditionAttribute.ConnectionSni => Strings(condition.Values, condition.NotValues, facts.ServerName),
            ConditionAttribute.SourceServiceAccount => Strings(
                Qualified(condition.Values, ns), Qualified(condition.NotValues, ns), Account(facts.Peer)),
            _ when request is null => [],
            ConditionAttribute.RemoteIp => Networks(condition.Networks, condition.NotNetworks, request.Remote),
            ConditionAttribute.RequestHeader => Header(condition, request.Headers.GetValueOrDefault(condition.Key.Names[0], []), deny),
            _ => [Answer.Unknown],
        };

    // Nothing is known of tokens: what asks for one is neither yes nor no.
    private static IEnumerable<Answer> Token(ValueList<StringPattern> values, ValueList<StringPattern> notValues) =>
        values.IsEmpty && notValues.IsEmpty ? [] : [Answer.Unknown];

    private static IEnumerable<Answer> Header(AuthorizationCondition condition, string[] lines, bool deny)
    {
        bool Listed(ValueList<StringPattern> patterns, bool one)
        {
            bool Matches(string line) => patterns.AsEnumerable().Any(p => Glob(p.ToString(), line));
            return lines.Length > 0 && (one ? Array.Exists(lines, Matches) : Array.TrueForAll(lines, Matches));
        }

        if (!condition.Values.IsEmpty)
        {
            yield return Listed(condition.Values, one: deny) ? Answer.Yes : Answer.No;
        }

        if (!condition.NotValues.IsEmpty)
        {
            yield return Listed(condition.NotValues, one: !deny) ? Answer.No : Answer.Yes;
        }
    }

    private static IEnumerable<Answer> Regexes(ValueList<string> paths, ValueList<string> notPaths, string path)
    {
        static bool Matches(ValueList<string> paths, string path) =>
            paths.AsEnumerable().Any(p => Regex.IsMatch(path, PathExpression(p), RegexOptions.None, TimeSpan.FromSeconds(10)));
        if (!paths.IsEmpty)
        {
            yield return Matches(paths, path) ? Answer.Yes : Answer.No;
        }

        if (!notPaths.IsEmpty)
        {
            yield return Matches(notPaths, path) ? Answer.No : Answer.Yes;
        }
    }

    private static string PathExpression(string path)
    {
        var expression = Regex.Escape(path).Replace(@"\{\*\*}", ".*", StringComparison.Ordinal).Replace(@"\{\*}", "[^/]+", StringComparison.Ordinal);
        return $"^{expression.Replace(@"\*", ".*", StringComparison.Ordinal)}\\z";
    }

    private static ValueList<StringPattern> Qualified(ValueList<StringPattern> patterns, string ns) => patterns.AsEnumerable()
        .Select(p => p.ToString().StartsWith('*') || p.ToString().Contains('/', StringComparison.Ordinal) ? p : p with { Text = $"{ns}/{p.Text}" })
        .ToValueList();

    private static StringPattern Account(ServiceAccountReference account, string ns) =>
        new(StringPatternKind.Exact, $"{account.Namespace ?? ns}/{account.Name}");

    private static string? Account(SpiffeId? peer) => peer?.Namespace is null ? null : $"{peer.Namespace}/{peer.ServiceAccount}";

    private static IEnumerable<Answer> Strings(ValueList<StringPattern> values, ValueList<StringPattern> notValues, string? value)
    {
        if (!values.IsEmpty)
        {
            yield return value is not null && values.AsEnumerable().Any(p => Glob(p.ToString(), value)) ? Answer.Yes : Answer.No;
        }

        if (!notValues.IsEmpty)
        {
            yield return value is null ? Answer.Unknown : notValues.AsEnumerable().Any(p => Glob(p.ToString(), value)) ? Answer.No : Answer.Yes;
        }
    }

    private static bool Glob(string pattern, string value)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? string.Equals(pattern, value, StringComparison.Ordinal)
            : value.Length >= pattern.Length - 1
                && value.StartsWith(pattern[..star], StringComparison.Ordinal)
                && value.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }

    private static IEnumerable<Answer> Networks(ValueList<IPNetwork> values, ValueList<IPNetwork> notValues, IPAddress address)
    {
        if (!values.IsEmpty)
        {
            yield return values.AsEnumerable().Any(network => network.Contains(address)) ? Answer.Yes : Answer.No;
        }

        if (!notValues.IsEmpty)
        {
            yield return notValues.AsEnumerable().Any(network => network.Contains(address)) ? Answer.No : Answer.Yes;
        }
    }

    private static IEnumerable<Answer> Ports(ValueList<ushort> values, ValueList<ushort> notValues, ushort port)
    {
        if (!values.IsEmpty)
        {
            yield return values.Contains(port) ? Answer.Yes : Answer.No;
        }

        if (!notValues.IsEmpty)
        {
            yield return notValues.Contains(port) ? Answer.No : Answer.Yes;
        }
    }
}
