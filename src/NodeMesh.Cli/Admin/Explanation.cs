namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/explain</c>.</summary>
internal sealed record Explanation
{
    public long Revision { get; init; }

    public SourcePart Source { get; init; } = new();

    public DestinationPart Destination { get; init; } = new();

    public string? Service { get; init; }

    public string? Protocol { get; init; }

    public IReadOnlyList<Candidate> Endpoints { get; init; } = [];

    public string Outcome { get; init; } = "";

    public RefusalPart? Refusal { get; init; }

    public Decision? Policy { get; init; }

    public IReadOnlyList<string> Steps { get; init; } = [];

    internal sealed record SourcePart
    {
        public string? Workload { get; init; }

        public string? SpiffeId { get; init; }

        public bool Local { get; init; }
    }

    internal sealed record DestinationPart
    {
        public string Text { get; init; } = "";

        public string? Address { get; init; }

        public int Port { get; init; }
    }

    internal sealed record Candidate
    {
        public string Kind { get; init; } = "";

        public string Address { get; init; } = "";

        public string? DialAddress { get; init; }

        public string? Node { get; init; }

        public string? Workload { get; init; }

        public string? SpiffeId { get; init; }

        public string Health { get; init; } = "";

        public string? PeerAuthentication { get; init; }

        public Decision? Policy { get; init; }
    }

    internal sealed record RefusalPart
    {
        public string Code { get; init; } = "";

        public string? Flag { get; init; }

        public string? Meaning { get; init; }

        public string? Remedy { get; init; }
    }

    internal sealed record Decision
    {
        public bool Allowed { get; init; }

        public string Reason { get; init; } = "";

        public string? Policy { get; init; }

        public int? Rule { get; init; }

        public bool? DryRunAllowed { get; init; }

        public IReadOnlyList<PolicyPart> Policies { get; init; } = [];
    }

    internal sealed record PolicyPart
    {
        public string Policy { get; init; } = "";

        public string Action { get; init; } = "";

        public bool DryRun { get; init; }

        public bool Matched { get; init; }

        public string? Explanation { get; init; }

        public IReadOnlyList<RulePart> Rules { get; init; } = [];
    }

    internal sealed record RulePart
    {
        public int Index { get; init; }

        public bool Matched { get; init; }

        public bool NeedsHttp { get; init; }

        public string? Mismatch { get; init; }

        public string? Explanation { get; init; }
    }
}
