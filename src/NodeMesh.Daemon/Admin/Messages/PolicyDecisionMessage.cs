namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>What the policies of a workload say. See docs/admin-api.md.</summary>
internal sealed record PolicyDecisionMessage
{
    public required bool Allowed { get; init; }

    public required string Reason { get; init; }

    public string? Policy { get; init; }

    public int? Rule { get; init; }

    public bool? DryRunAllowed { get; init; }

    public required IReadOnlyList<PolicyMessage> Policies { get; init; }
}
