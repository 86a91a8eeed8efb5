using System.Net;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Configuration;

/// <summary>What became of a Service, ServiceEntry or Workload. Immutable, and the same from snapshot to snapshot as long as nothing about it changes.</summary>
internal sealed record CompiledResource
{
    public static CompiledResource Nothing { get; } = new();

    /// <summary>Its ports as destinations; none of a workload, which is a destination by its addresses alone.</summary>
    public IReadOnlyList<MeshServicePort> Ports { get; init; } = [];

    /// <summary>The addresses that lead to it, and to which of its ports.</summary>
    public IReadOnlyList<(IpEndpoint Address, MeshServicePort Port)> Addresses { get; init; } = [];

    /// <summary>Its names, with their addresses.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<IPAddress> Addresses)> Names { get; init; } = [];

    /// <summary>The address ranges that lead to it.</summary>
    public IReadOnlyList<(IPNetwork Range, ushort Port, MeshServicePort Value)> Ranges { get; init; } = [];

    /// <summary>References that lead nowhere and other doubts, each one sentence.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The endpoints of its ports; one may come up more than once.</summary>
    public IEnumerable<Endpoint> Endpoints
    {
        get
        {
            foreach (var port in Ports)
            {
                for (var i = 0; i < port.Endpoints.Length; i++)
                {
                    yield return port.Endpoints[i];
                }
            }
        }
    }

    /// <summary>Of a workload, the addresses of a port.</summary>
    public IEnumerable<IpEndpoint> AddressesOf(string port) =>
        Addresses.Where(known => string.Equals(known.Port.WorkloadPort, port, StringComparison.Ordinal)).Select(known => known.Address);

    public bool HasSameNames(CompiledResource other) =>
        Names.Count == other.Names.Count
        && Names.Zip(other.Names).All(pair =>
            string.Equals(pair.First.Name, pair.Second.Name, StringComparison.Ordinal) && pair.First.Addresses.SequenceEqual(pair.Second.Addresses));
}
