using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Virtual addresses for the host names of ServiceEntries that are known by name alone: without one, a connection to such a host could not
/// be told from any other. The address follows from the name; where two want the same, or a service has it, the next free one is taken.
/// They mean something on this node only. Lives for one compilation.
/// </summary>
internal sealed class OutsideVips
{
    // Far more neighbours than any mesh has names; bounds the search in a range that is full.
    private const uint MaxProbes = 1 << 16;

    private readonly IPNetwork[] _ranges;
    private readonly HashSet<UInt128> _taken;
    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _byHost = new(StringComparer.Ordinal);

    internal OutsideVips(ResourceSet resources)
    {
        _ranges = [.. resources.Mesh.VipRanges.AsEnumerable().DistinctBy(range => range.BaseAddress.AddressFamily)];
        _taken = [];
        foreach (var service in resources.Services)
        {
            var vips = resources.Vips.Of(service);
            foreach (var vip in (ReadOnlySpan<IPAddress?>)[vips.IPv4, vips.IPv6, .. service.Vips])
            {
                if (vip is not null)
                {
                    _taken.Add(IpEndpoint.From(vip, 0).Address);
                }
            }
        }
    }

    /// <summary>One address in each family that has room; the same for the same host.</summary>
    internal IReadOnlyList<IPAddress> Of(string host)
    {
        if (!_byHost.TryGetValue(host, out var addresses))
        {
            _byHost[host] = addresses = [.. _ranges.Select(range => Allocate(range, host)).OfType<IPAddress>()];
        }

        return addresses;
    }

    private IPAddress? Allocate(IPNetwork range, string host)
    {
        // The first and last addresses are the network's and the broadcast address, or anycast ones.
        var hostBits = (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) - range.PrefixLength;
        if (hostBits < 2)
        {
            return null;
        }

        var usable = (UInt128.MaxValue >> (128 - hostBits)) - UInt128.One;
        var wanted = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(host))) % usable;
        var first = IpEndpoint.From(range.BaseAddress, 0).Address + UInt128.One;
        for (uint probe = 0; probe < MaxProbes && probe < usable; probe++)
        {
            var address = first + ((wanted + probe) % usable);
            if (_taken.Add(address))
            {
                return new IpEndpoint(address, 0).ToIPAddress();
            }
        }

        return null;
    }
}
