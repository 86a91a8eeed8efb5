namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A live connection. See docs/admin-api.md.</summary>
internal sealed record ConnectionMessage
{
    public required long Id { get; init; }

    public required int Loop { get; init; }

    public required string Direction { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public required double AgeSeconds { get; init; }

    public required ConnectionEndMessage Source { get; init; }

    public required ConnectionEndMessage Destination { get; init; }

    public string? Service { get; init; }

    public string? Protocol { get; init; }

    public required string Security { get; init; }

    public string? TlsVersion { get; init; }

    public string? Cipher { get; init; }

    public required long SentBytes { get; init; }

    public required long ReceivedBytes { get; init; }
}
