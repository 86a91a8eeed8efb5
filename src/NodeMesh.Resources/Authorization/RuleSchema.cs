using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Authorization;

/// <summary>The rules of an AuthorizationPolicy.</summary>
internal static class RuleSchema
{
    private const int MaxValues = 1024;

    private static readonly ObjectSchema<AuthorizationSource> Source = new(
        "a source",
        () => new AuthorizationSource(),
        [
            List("principals", PatternSchema.Principal, (AuthorizationSource s) => s.Principals, (s, x) => s with { Principals = x }),
            List("notPrincipals", PatternSchema.Principal, (AuthorizationSource s) => s.NotPrincipals, (s, x) => s with { NotPrincipals = x }),
            List("requestPrincipals", PatternSchema.Any, (AuthorizationSource s) => s.RequestPrincipals, (s, x) => s with { RequestPrincipals = x }),
            List("notRequestPrincipals", PatternSchema.Any, (AuthorizationSource s) => s.NotRequestPrincipals, (s, x) => s with { NotRequestPrincipals = x }),
            List("namespaces", PatternSchema.Namespace, (AuthorizationSource s) => s.Namespaces, (s, x) => s with { Namespaces = x }),
            List("notNamespaces", PatternSchema.Namespace, (AuthorizationSource s) => s.NotNamespaces, (s, x) => s with { NotNamespaces = x }),
            List("serviceAccounts", PatternSchema.ServiceAccount, (AuthorizationSource s) => s.ServiceAccounts, (s, x) => s with { ServiceAccounts = x }),
            List("notServiceAccounts", PatternSchema.ServiceAccount, (AuthorizationSource s) => s.NotServiceAccounts, (s, x) => s with { NotServiceAccounts = x }),
            List("trustDomains", PatternSchema.TrustDomain, (AuthorizationSource s) => s.TrustDomains, (s, x) => s with { TrustDomains = x }),
            List("notTrustDomains", PatternSchema.TrustDomain, (AuthorizationSource s) => s.NotTrustDomains, (s, x) => s with { NotTrustDomains = x }),
            List("ipBlocks", NetworkScalars.Network, (AuthorizationSource s) => s.IpBlocks, (s, x) => s with { IpBlocks = x }),
            List("notIpBlocks", NetworkScalars.Network, (AuthorizationSource s) => s.NotIpBlocks, (s, x) => s with { NotIpBlocks = x }),
            List("remoteIpBlocks", NetworkScalars.Network, (AuthorizationSource s) => s.RemoteIpBlocks, (s, x) => s with { RemoteIpBlocks = x }),
            List("notRemoteIpBlocks", NetworkScalars.Network, (AuthorizationSource s) => s.NotRemoteIpBlocks, (s, x) => s with { NotRemoteIpBlocks = x }),
        ],
        check: CheckSource);

    private static readonly ObjectSchema<AuthorizationOperation> Operation = new(
        "an operation",
        () => new AuthorizationOperation(),
        [
            List("hosts", PatternSchema.Host, (AuthorizationOperation o) => o.Hosts, (o, x) => o with { Hosts = x }),
            List("notHosts", PatternSchema.Host, (AuthorizationOperation o) => o.NotHosts, (o, x) => o with { NotHosts = x }),
            List("ports", NetworkScalars.PortText, (AuthorizationOperation o) => o.Ports, (o, x) => o with { Ports = x }),
            List("notPorts", NetworkScalars.PortText, (AuthorizationOperation o) => o.NotPorts, (o, x) => o with { NotPorts = x }),
            List("methods", PatternSchema.Method, (AuthorizationOperation o) => o.Methods, (o, x) => o with { Methods = x }),
            List("notMethods", PatternSchema.Method, (AuthorizationOperation o) => o.NotMethods, (o, x) => o with { NotMethods = x }),
            List("paths", PatternSchema.Path, (AuthorizationOperation o) => o.Paths, (o, x) => o with { Paths = x }),
            List("notPaths", PatternSchema.Path, (AuthorizationOperation o) => o.NotPaths, (o, x) => o with { NotPaths = x }),
        ],
        check: CheckOperation);

    private static readonly ObjectSchema<AuthorizationSource> From = new(
        "a from entry", () => new AuthorizationSource(), [Fields.RequiredGroup("source", Source)]);

    private static readonly ObjectSchema<AuthorizationOperation> To = new(
        "a to entry", () => new AuthorizationOperation(), [Fields.RequiredGroup("operation", Operation)]);

    public static ObjectSchema<AuthorizationRule> Rule { get; } = new("a rule", () => new AuthorizationRule(),
    [
        List("from", From, (AuthorizationRule r) => r.From, (r, v) => r with { From = v }),
        List("to", To, (AuthorizationRule r) => r.To, (r, v) => r with { To = v }),
        List("when", ConditionSchema.Schema, (AuthorizationRule r) => r.When, (r, v) => r with { When = v }),
    ]);

    private static Field<T> List<T, TItem>(
        string name, ValueSchema<TItem> item, Func<T, ValueList<TItem>> get, Func<T, ValueList<TItem>, T> set) =>
        Fields.Optional(name, new ListSchema<TItem>(item, MaxValues), get, set);

    private static void CheckSource(AuthorizationSource source, FieldScope at)
    {
        if (source == Source!.Blank)
        {
            at.Error("the source is empty and would match every caller; give at least one field, or leave from out of the rule");
        }
    }

    private static void CheckOperation(AuthorizationOperation operation, FieldScope at)
    {
        if (operation == Operation!.Blank)
        {
            at.Error("the operation is empty and would match everything; give at least one field, or leave to out of the rule");
        }
    }
}
