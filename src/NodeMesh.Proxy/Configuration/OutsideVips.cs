using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Virtual addresses for the host names of ServiceEntries that are known by name alone: without one, a connection to such a host could not
/// be told from any other. The address follows from the name; where two want the same, or a service has it, the next free one is taken.
/// They mean something on this node only. Immutable, part of <see cref="Destinations"/>.
/// </summary>
internal sealed class OutsideVips
{
    // Far more neighbours than any mesh has names; bounds the search in a range that is full.
    private const uint MaxProbes = 1 << 16;

    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _byHost = new(StringComparer.Ordinal);

    internal OutsideVips(ResourceSet resources)
    {
        ServiceEntry[] entries = [.. resources.ServiceEntries.AsEnumerable().Where(entry => entry.Addresses.IsEmpty && entry.Resolution != ServiceEntryResolution.None)];
        if (entries.Length == 0)
        {
            return;
        }

        IPNetwork[] ranges = [.. resources.Mesh.VipRanges.AsEnumerable().DistinctBy(range => range.BaseAddress.AddressFamily)];
        var taken = resources.Vips.Addresses.Select(vip => IpEndpoint.From(vip, 0).Address).ToHashSet();
        foreach (var host in entries.SelectMany(entry => entry.Hosts.AsEnumerable()).Where(IsPlainName).Distinct(StringComparer.Ordinal))
        {
            _byHost.Add(host, [.. ranges.Select(range => Allocate(range, host, taken)).OfType<IPAddress>()]);
        }
    }

    private OutsideVips()
    {
    }

    /// <summary>Of no names.</summary>
    internal static OutsideVips None { get; } = new();

    /// <summary>True when it is one name, no pattern.</summary>
    internal static bool IsPlainName(string host) => !host.StartsWith("*.", StringComparison.Ordinal);

    /// <summary>One address in each family that has room; none for a name that needs none.</summary>
    internal IReadOnlyList<IPAddress> Of(string host) => _byHost.GetValueOrDefault(host, []);

    private static IPAddress? Allocate(IPNetwork range, string host, HashSet<UInt128> taken)
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
            if (taken.Add(address))
            {
                return new IpEndpoint(address, 0).ToIPAddress();
            }
        }

        return null;
    }
}
