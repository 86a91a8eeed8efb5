namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/endpoints. See docs/admin-api.md.</summary>
internal sealed record EndpointsMessage
{
    public required long Revision { get; init; }

    public required IReadOnlyList<EndpointMessage> Items { get; init; }
}
