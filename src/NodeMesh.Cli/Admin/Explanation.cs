namespace NodeMesh.Cli.Admin;

/// <summary>The answer of <c>GET /v1/explain</c>.</summary>
internal sealed record Explanation
{
    public long Revision { get; set; }

    public SourcePart Source { get; set; } = new();

    public DestinationPart Destination { get; set; } = new();

    public string? Service { get; set; }

    public string? Protocol { get; set; }

    public IReadOnlyList<Candidate> Endpoints { get; set; } = [];

    public string Outcome { get; set; } = "";

    public RefusalPart? Refusal { get; set; }

    public Decision? Policy { get; set; }

    public IReadOnlyList<string> Steps { get; set; } = [];

    internal sealed record SourcePart
    {
        public string? Workload { get; set; }

        public string? SpiffeId { get; set; }

        public bool Local { get; set; }
    }

    internal sealed record DestinationPart
    {
        public string Text { get; set; } = "";

        public string? Address { get; set; }

        public int Port { get; set; }
    }

    internal sealed record Candidate
    {
        public string Kind { get; set; } = "";

        public string Address { get; set; } = "";

        public string? DialAddress { get; set; }

        public string? Node { get; set; }

        public string? Workload { get; set; }

        public string? SpiffeId { get; set; }

        public string Health { get; set; } = "";

        public string? PeerAuthentication { get; set; }

        public Decision? Policy { get; set; }
    }

    internal sealed record RefusalPart
    {
        public string Code { get; set; } = "";

        public string? Flag { get; set; }

        public string? Meaning { get; set; }

        public string? Remedy { get; set; }
    }

    internal sealed record Decision
    {
        public bool Allowed { get; set; }

        public string Reason { get; set; } = "";

        public string? Policy { get; set; }

        public int? Rule { get; set; }

        public bool? DryRunAllowed { get; set; }

        public IReadOnlyList<PolicyPart> Policies { get; set; } = [];
    }

    internal sealed record PolicyPart
    {
        public string Policy { get; set; } = "";

        public string Action { get; set; } = "";

        public bool DryRun { get; set; }

        public bool Matched { get; set; }

        public string? Explanation { get; set; }

        public IReadOnlyList<RulePart> Rules { get; set; } = [];
    }

    internal sealed record RulePart
    {
        public int Index { get; set; }

        public bool Matched { get; set; }

        public bool NeedsHttp { get; set; }

        public string? Mismatch { get; set; }

        public string? Explanation { get; set; }
    }
}
