namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A port of a service. See docs/admin-api.md.</summary>
internal sealed record ServicePortMessage
{
    public string? Name { get; init; }

    public required int Port { get; init; }

    public required string Protocol { get; init; }

    public required int Endpoints { get; init; }

    public required int UsableEndpoints { get; init; }

    public required int ActiveConnections { get; init; }
}
