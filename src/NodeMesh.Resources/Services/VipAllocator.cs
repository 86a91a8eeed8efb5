using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;

namespace NodeMesh.Resources.Services;

/// <summary>
/// Gives every service one address per family, from the resources alone, so that every node computes the same table without asking anybody.
/// <list type="number">
/// <item>Addresses that operators give to services, and those of nodes, are taken first.</item>
/// <item>Then services in ordinal order of <c>namespace/name</c>: the first eight bytes of the SHA-256 of that text, big-endian, modulo the
/// number of usable addresses of the family's first range, is the offset of the address that is tried first; the next higher free one is
/// taken, from the beginning again after the last. A full range is followed by the next one of the family.</item>
/// </list>
/// So an address depends on the service's own name, and on others only where two names want the same address.
/// </summary>
public static class VipAllocator
{
    // Beyond this many addresses a larger range makes collisions no rarer in practice; it keeps offsets within 32 bits.
    private const ulong MaxUsable = 1UL << 32;

    /// <summary>The table for these resources.</summary>
    public static VipTable Allocate(MeshConfig mesh, IEnumerable<Node> nodes, IEnumerable<Service> services)
    {
        var ordered = services.OrderBy(service => $"{service.Namespace}/{service.Name}", StringComparer.Ordinal).ToArray();
        var taken = nodes.SelectMany(node => node.Addresses).Concat(ordered.SelectMany(service => service.Vips)).ToHashSet();
        var table = new Dictionary<ResourceKey, ServiceVips>(ordered.Length);
        foreach (var service in ordered)
        {
            table[service.Key] = new ServiceVips(
                Choose(AddressFamily.InterNetwork, service, mesh, taken), Choose(AddressFamily.InterNetworkV6, service, mesh, taken));
        }

        return new VipTable(table);
    }

    private static IPAddress? Choose(AddressFamily family, Service service, MeshConfig mesh, HashSet<IPAddress> taken)
    {
        foreach (var given in service.Vips)
        {
            if (given.AddressFamily == family)
            {
                return given;
            }
        }

        foreach (var range in mesh.VipRanges)
        {
            if (range.BaseAddress.AddressFamily == family && Probe(range, service, taken) is { } address)
            {
                return address;
            }
        }

        return null;
    }

    private static IPAddress? Probe(IPNetwork range, Service service, HashSet<IPAddress> taken)
    {
        var usable = UsableAddresses(range);
        var hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{service.Namespace}/{service.Name}")));

        // Of any taken.Count + 1 addresses in a row one is free, so longer probing finds nothing.
        var probes = Math.Min(usable, (ulong)taken.Count + 1);
        for (ulong i = 0; i < probes; i++)
        {
            // Offset 0 is the network's own address (IPv4), or the subnet-router anycast address (RFC 4291 section 2.6.1).
            var address = AddressAt(range, 1 + (((hash % usable) + i) % usable));
            if (taken.Add(address))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>All but the first address, and in IPv4 but the last, which is the broadcast address.</summary>
    private static ulong UsableAddresses(IPNetwork range)
    {
        var isIPv4 = range.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        var hostBits = (isIPv4 ? 32 : 128) - range.PrefixLength;
        return hostBits > 32 ? MaxUsable : (1UL << hostBits) - (isIPv4 ? 2UL : 1UL);
    }

    private static IPAddress AddressAt(IPNetwork range, ulong offset)
    {
        Span<byte> bytes = stackalloc byte[16];
        range.BaseAddress.TryWriteBytes(bytes, out var length);
        if (length == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) + (uint)offset);
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, BinaryPrimitives.ReadUInt128BigEndian(bytes) + offset);
        }

        return new IPAddress(bytes[..length]);
    }
}
