namespace NodeMesh.Cli.Commands;

/// <summary>Something <c>get</c> and <c>describe</c> know.</summary>
/// <param name="Plural">As it is usually typed: <c>services</c>.</param>
/// <param name="Singular"><c>service</c>.</param>
/// <param name="Short">An abbreviation: <c>svc</c>.</param>
/// <param name="Kinds">The resource kinds it is of; none for what is no resource.</param>
internal sealed record ListedKind(string Plural, string Singular, string Short, params string[] Kinds)
{
    public static ListedKind Services { get; } = new("services", "service", "svc", "Service");

    public static ListedKind ServiceEntries { get; } = new("serviceentries", "serviceentry", "se", "ServiceEntry");

    public static ListedKind Workloads { get; } = new("workloads", "workload", "wl", "Workload");

    public static ListedKind Endpoints { get; } = new("endpoints", "endpoint", "ep");

    public static ListedKind Nodes { get; } = new("nodes", "node", "no", "Node");

    public static ListedKind Policies { get; } = new("policies", "policy", "pol", "AuthorizationPolicy", "PeerAuthentication");

    public static ListedKind MeshConfigs { get; } = new("meshconfigs", "meshconfig", "mesh", "MeshConfig");

    public static ListedKind AuthorizationPolicies { get; } = new("authorizationpolicies", "authorizationpolicy", "ap", "AuthorizationPolicy");

    public static ListedKind PeerAuthentications { get; } = new("peerauthentications", "peerauthentication", "pa", "PeerAuthentication");

    public static ListedKind Resources { get; } = new(
        "resources", "resource", "all", "MeshConfig", "Node", "Workload", "Service", "ServiceEntry", "PeerAuthentication", "AuthorizationPolicy");

    public static IReadOnlyList<ListedKind> All { get; } =
        [Services, Workloads, Endpoints, Nodes, Policies, ServiceEntries, MeshConfigs, AuthorizationPolicies, PeerAuthentications, Resources];

    /// <summary>False for what stands outside namespaces.</summary>
    public bool IsNamespaced => this != Nodes && this != MeshConfigs;

    /// <summary>The kind of this plural, singular or short name, in any case; null when there is none.</summary>
    public static ListedKind? Find(string name) => All.FirstOrDefault(kind =>
        string.Equals(name, kind.Plural, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, kind.Singular, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, kind.Short, StringComparison.OrdinalIgnoreCase));
}
