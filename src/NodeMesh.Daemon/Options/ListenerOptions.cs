using NodeMesh.Resources;

namespace NodeMesh.Daemon.Options;

/// <summary>
/// Where captured connections and mesh links arrive. A redirected connection of this machine arrives at a loopback address, one from
/// outside at the address of the interface it came in by: hence loopback for outbound and every address for the others.
/// </summary>
internal sealed record ListenerOptions
{
    public ValueList<ListenAddress> Outbound { get; init; } = [ListenAddress.Parse("127.0.0.1:15001"), ListenAddress.Parse("[::1]:15001")];

    public ValueList<ListenAddress> Inbound { get; init; } = [ListenAddress.Parse("0.0.0.0:15006"), ListenAddress.Parse("[::]:15006")];

    public ValueList<ListenAddress> Mesh { get; init; } = [ListenAddress.Parse("0.0.0.0:15008"), ListenAddress.Parse("[::]:15008")];
}
