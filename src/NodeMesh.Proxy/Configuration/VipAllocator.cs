using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Gives services virtual addresses out of one range. An address follows from the service's name, so every node and every start finds the
/// same one; only where two names fall on one address does the later one move to the next free address, and then it keeps what it had
/// before. Used while a snapshot is compiled.
/// </summary>
internal sealed class VipAllocator
{
    // Far more than any mesh's collisions; bounds the search in a range that is full.
    private const int MaxProbes = 1 << 16;

    private readonly UInt128 _first;
    private readonly UInt128 _size;
    private readonly HashSet<UInt128> _taken = [];

    internal VipAllocator(IPNetwork range)
    {
        var hostBits = (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) - range.PrefixLength;
        _first = IpEndpoint.From(range.BaseAddress, 0).Address;
        _size = hostBits == 128 ? UInt128.MaxValue : UInt128.One << hostBits;
    }

    /// <summary>Keeps an address from being given to others: the operator's own, or one from before.</summary>
    internal bool Reserve(IPAddress address) => _taken.Add(IpEndpoint.From(address, 0).Address);

    internal bool Contains(IPAddress address) => IpEndpoint.From(address, 0).Address - _first < _size;

    /// <summary>A free address for the name, or null when the range is full.</summary>
    internal IPAddress? Allocate(string name)
    {
        // The first and last address of a range are its network and broadcast addresses.
        var usable = _size - 2;
        if (_size <= 2)
        {
            return null;
        }

        var start = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % usable;
        for (var probe = 0; probe < MaxProbes && (UInt128)probe < usable; probe++)
        {
            var address = _first + UInt128.One + ((start + (UInt128)probe) % usable);
            if (_taken.Add(address))
            {
                return new IpEndpoint(address, 0).ToIPAddress();
            }
        }

        return null;
    }
}
