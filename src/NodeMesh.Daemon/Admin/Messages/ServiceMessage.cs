namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A Service or ServiceEntry. See docs/admin-api.md.</summary>
internal sealed record ServiceMessage
{
    public required string Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Hosts { get; init; }

    public required IReadOnlyList<string> Vips { get; init; }

    public required IReadOnlyList<ServicePortMessage> Ports { get; init; }
}
