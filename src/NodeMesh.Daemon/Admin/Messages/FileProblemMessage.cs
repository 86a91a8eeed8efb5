namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A file of identities or bundles that is not used. See docs/admin-api.md.</summary>
internal sealed record FileProblemMessage
{
    public required string File { get; init; }

    public required string Reason { get; init; }
}
