using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Controller;

/// <summary>What became, or would become, of resources: the answer of <c>POST /v1/apply</c> and of a rollback.</summary>
internal sealed record ApplyReport
{
    /// <summary>The new one; null when nothing was changed.</summary>
    public long? Revision { get; set; }

    public bool DryRun { get; set; }

    public IReadOnlyList<ResourceChange> Changes { get; set; } = [];

    public IReadOnlyList<Issue> Warnings { get; set; } = [];
}
