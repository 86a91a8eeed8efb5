using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>
/// A name and virtual addresses in front of workloads of its namespace, or of static endpoints outside the mesh. Exactly one of
/// <see cref="Selector"/> and <see cref="Endpoints"/> is given.
/// </summary>
public sealed record Service : Resource
{
    public override string Kind => "Service";

    /// <summary>At least one.</summary>
    public required ValueList<ServicePort> Ports { get; init; }

    /// <summary>The labels of the workloads behind the service, or null for a service of static endpoints.</summary>
    public Labels? Selector { get; init; }

    public ValueList<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>The virtual addresses the operator gives, at most one per family; a family that is not given is allocated.</summary>
    public ValueList<IPAddress> Vips { get; init; } = [];

    /// <summary>Further DNS names that lead to the service, in lower case.</summary>
    public ValueList<string> Hostnames { get; init; } = [];

    public ServiceTimeouts Timeouts { get; init; } = new();

    public ConnectionPool ConnectionPool { get; init; } = new();

    /// <summary><c>name.namespace.mesh</c>, in lower case and without trailing dot.</summary>
    public string DnsName(string dnsDomain) => $"{Name}.{Namespace}.{dnsDomain}";
}
