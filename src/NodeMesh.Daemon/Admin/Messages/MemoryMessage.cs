namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to POST /v1/collect-garbage. See docs/admin-api.md.</summary>
internal sealed record MemoryMessage
{
    public required long HeapBytes { get; init; }

    public required long CommittedBytes { get; init; }

    public required long ResidentBytes { get; init; }
}
