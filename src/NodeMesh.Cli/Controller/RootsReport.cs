namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/authority</c>, and of each step of a rotation.</summary>
internal sealed record RootsReport
{
    public string TrustDomain { get; set; } = "";

    /// <summary>The certificate that signs leaves.</summary>
    public Root Issuing { get; set; } = new();

    /// <summary>The root above it.</summary>
    public Root Active { get; set; } = new();

    /// <summary>The one that will sign next; null when none is prepared.</summary>
    public Root? Prepared { get; set; }

    /// <summary>Those that sign no more, and are still trusted.</summary>
    public IReadOnlyList<Root> Retiring { get; set; } = [];

    /// <summary>Why files that were given last are not used; null when there are none such.</summary>
    public string? Problem { get; set; }

    internal sealed record Root
    {
        public string Serial { get; set; } = "";

        public DateTimeOffset NotBefore { get; set; }

        public DateTimeOffset NotAfter { get; set; }

        public string Sha256 { get; set; } = "";
    }
}
