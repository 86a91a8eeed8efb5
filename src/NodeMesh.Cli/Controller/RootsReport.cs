namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/authority</c>, and of each step of a rotation.</summary>
internal sealed record RootsReport
{
    public string TrustDomain { get; set; } = "";

    /// <summary>The root that signs.</summary>
    public Root Active { get; set; } = new();

    /// <summary>The one that will sign next; null when none is prepared.</summary>
    public Root? Prepared { get; set; }

    /// <summary>Those that sign no more, and are still trusted.</summary>
    public IReadOnlyList<Root> Retiring { get; set; } = [];

    internal sealed record Root
    {
        public string Serial { get; set; } = "";

        public DateTimeOffset NotBefore { get; set; }

        public DateTimeOffset NotAfter { get; set; }

        public string Sha256 { get; set; } = "";
    }
}
