namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Something wrong in the resources. See docs/admin-api.md.</summary>
internal sealed record IssueMessage
{
    public required string Severity { get; init; }

    public string? File { get; init; }

    public int? Line { get; init; }

    public int? Column { get; init; }

    public string? Resource { get; init; }

    public string? Field { get; init; }

    public required string Message { get; init; }
}
