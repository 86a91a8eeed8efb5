namespace NodeMesh.Proxy.Configuration;

/// <summary>What a destination belongs to, for logs, metrics and people.</summary>
/// <param name="Namespace">Of the resource.</param>
/// <param name="Name">Of the resource.</param>
/// <param name="HostName">The first DNS name of it; of a bare workload, its full name.</param>
/// <param name="Kind">Which resource it is.</param>
public sealed record MeshService(string Namespace, string Name, string HostName, MeshServiceKind Kind)
{
    /// <summary><c>namespace/name</c>.</summary>
    public string FullName { get; } = $"{Namespace}/{Name}";

    /// <summary>How it is connected to and sent requests.</summary>
    public ServiceSettings Settings { get; init; } = ServiceSettings.Default;

    public override string ToString() => FullName;
}
