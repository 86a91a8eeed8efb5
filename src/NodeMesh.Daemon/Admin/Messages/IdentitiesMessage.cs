namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The identities on disk, counted. See docs/admin-api.md.</summary>
internal sealed record IdentitiesMessage
{
    public required string Directory { get; init; }

    public required int Loaded { get; init; }

    public required int Expiring { get; init; }

    public required int Expired { get; init; }

    public required int Missing { get; init; }

    public required IReadOnlyList<FileProblemMessage> Problems { get; init; }
}
