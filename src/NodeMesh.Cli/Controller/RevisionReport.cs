namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/revisions/NUMBER</c>.</summary>
internal sealed record RevisionReport
{
    public long Number { get; set; }

    public IReadOnlyList<ResourceChange> Changes { get; set; } = [];
}
