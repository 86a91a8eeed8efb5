using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Destinations by address range and port; of several ranges that hold an address, the longest prefix wins. One hash look-up for each
/// distinct prefix length, no allocation. Immutable.
/// </summary>
internal sealed class AddressRanges
{
    private readonly (UInt128 Mask, bool IsIPv4, FrozenDictionary<IpEndpoint, MeshServicePort> Entries)[] _byLength;

    /// <param name="entries">The first of two with the same range and port wins.</param>
    internal AddressRanges(IEnumerable<(IPNetwork Range, ushort Port, MeshServicePort Value)> entries)
    {
        _byLength =
        [
            .. entries
                .Select(entry => (Prefix: Prefix(entry.Range), entry.Port, entry.Value))
                .GroupBy(entry => (entry.Prefix.Length, entry.Prefix.IsIPv4))
                .OrderByDescending(group => group.Key.Length)
                .Select(group => (
                    Mask(group.Key.Length),
                    group.Key.IsIPv4,
                    group.DistinctBy(entry => new IpEndpoint(entry.Prefix.First, entry.Port))
                        .ToFrozenDictionary(entry => new IpEndpoint(entry.Prefix.First, entry.Port), entry => entry.Value))),
        ];
    }

    internal static AddressRanges Empty { get; } = new([]);

    internal MeshServicePort? Find(IpEndpoint destination)
    {
        foreach (var (mask, isIPv4, entries) in _byLength)
        {
            if (isIPv4 == destination.IsIPv4 && entries.TryGetValue(new IpEndpoint(destination.Address & mask, destination.Port), out var found))
            {
                return found;
            }
        }

        return null;
    }

    internal static bool Contains(IPNetwork range, IpEndpoint address)
    {
        var (first, length, isIPv4) = Prefix(range);
        return isIPv4 == address.IsIPv4 && (address.Address & Mask(length)) == first;
    }

    private static (UInt128 First, int Length, bool IsIPv4) Prefix(IPNetwork range)
    {
        var isIPv4 = range.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        var length = range.PrefixLength + (isIPv4 ? 96 : 0);
        return (IpEndpoint.From(range.BaseAddress, 0).Address & Mask(length), length, isIPv4);
    }

    private static UInt128 Mask(int length) => length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);
}
