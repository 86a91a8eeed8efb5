using NodeMesh.Resources;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Where connections to one destination address and port go: to one of <see cref="Endpoints"/>, to one of <see cref="Names"/> when
/// those are given, or on to where they were going when <see cref="IsPassthrough"/>. With none of these it is known but has nowhere to go.
/// Immutable, part of one snapshot.
/// </summary>
public sealed class MeshServicePort
{
    private readonly Endpoint[] _endpoints;

    internal MeshServicePort(MeshService service, ushort port, AppProtocol protocol, Endpoint[] endpoints)
    {
        Service = service;
        Port = port;
        Protocol = protocol;
        _endpoints = endpoints;
    }

    public MeshService Service { get; }

    /// <summary>The service's port, or the workload's when it was addressed directly.</summary>
    public ushort Port { get; }

    /// <summary>As declared; <see cref="AppProtocol.Auto"/>: to be found out from the first bytes.</summary>
    public AppProtocol Protocol { get; }

    public ServiceSettings Settings => Service.Settings;

    public ReadOnlySpan<Endpoint> Endpoints => _endpoints;

    /// <summary>A ServiceEntry with resolution DNS: names to resolve instead of endpoints.</summary>
    public IReadOnlyList<UpstreamName> Names { get; internal init; } = [];

    /// <summary>A ServiceEntry with resolution NONE: known, and left on its way.</summary>
    public bool IsPassthrough { get; internal init; }

    /// <summary>Of a workload's own address, the name of its port; else null.</summary>
    internal string? WorkloadPort { get; init; }

    /// <summary>True when the address is one of an endpoint, and nothing else is known by it.</summary>
    internal bool IsImplied { get; init; }

    public override string ToString() => $"{Service}:{Port}";
}
