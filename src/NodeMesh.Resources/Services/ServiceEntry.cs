using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>A service outside the mesh that workloads may reach, by names or addresses.</summary>
public sealed record ServiceEntry : Resource
{
    public override string Kind => "ServiceEntry";

    /// <summary>DNS names in lower case; <c>*.example.org</c> stands for every name below. At least one.</summary>
    public required ValueList<string> Hosts { get; init; }

    /// <summary>Addresses and ranges that belong to the service; a single address is a range of its full length.</summary>
    public ValueList<IPNetwork> Addresses { get; init; } = [];

    /// <summary>At least one.</summary>
    public required ValueList<ServiceEntryPort> Ports { get; init; }

    public ServiceEntryResolution Resolution { get; init; }

    public ValueList<ServiceEntryEndpoint> Endpoints { get; init; } = [];
}
