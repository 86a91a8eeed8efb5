using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// The names this node answers for. Immutable; compiled from the mesh's services and swapped whole. Authoritative for everything in the
/// mesh domain, and for the listed names outside it one by one. <c>*.example.com</c> stands for every name below <c>example.com</c> that
/// has no entry of its own. The first name listed with an address is what the address' reverse name points to.
/// </summary>
public sealed class DnsTable
{
    private readonly FrozenDictionary<string, DnsEntry> _entries;

    /// <param name="domain">The mesh's domain, such as <c>mesh.internal</c>.</param>
    /// <param name="names">Absolute names and their addresses; a name listed twice has the addresses of both.</param>
    /// <param name="ttl">How long answers, negative ones too, may be kept.</param>
    /// <exception cref="ArgumentException">A name cannot be written in DNS.</exception>
    public DnsTable(string domain, IEnumerable<(string Name, IReadOnlyList<IPAddress> Addresses)> names, TimeSpan ttl)
    {
        Domain = Normalize(domain);
        Ttl = (uint)Math.Clamp(ttl.TotalSeconds, 0, int.MaxValue);
        var entries = new Dictionary<string, DnsEntry>(StringComparer.Ordinal);
        var empty = new DnsEntry(Domain, [], []);
        entries[Domain] = empty;
        foreach (var (given, addresses) in names)
        {
            var name = Normalize(given);
            var ours = IsInDomain(name);
            var old = entries.GetValueOrDefault(name);
            entries[name] = new DnsEntry(
                ours ? Domain : IsWildcard(name) ? Parent(name) : name,
                Union(old?.IPv4, addresses, AddressFamily.InterNetwork),
                Union(old?.IPv6, addresses, AddressFamily.InterNetworkV6));
            if (!IsWildcard(name))
            {
                foreach (var address in addresses)
                {
                    var reverse = ReverseName(address);
                    entries.TryAdd(reverse, new DnsEntry(reverse, [], [], name));
                }
            }

            // A name with names below it exists, though it has no records (RFC 8020).
            for (var parent = Parent(name); ours && parent.Length > Domain.Length; parent = Parent(parent))
            {
                entries.TryAdd(parent, empty);
            }
        }

        _entries = entries.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public static DnsTable Empty { get; } = new("mesh.internal", [], TimeSpan.FromSeconds(5));

    public string Domain { get; }

    /// <summary>Seconds.</summary>
    public uint Ttl { get; }

    /// <summary>
    /// Finds a lower-case name. Null with <paramref name="isOurs"/> is NXDOMAIN, null without it is somebody else's to answer; an entry
    /// without records of the type asked for is "no data".
    /// </summary>
    internal DnsEntry? Find(string name, out bool isOurs)
    {
        if (_entries.TryGetValue(name, out var entry))
        {
            isOurs = true;
            return entry;
        }

        for (var parent = Parent(name); parent.Length > 0; parent = Parent(parent))
        {
            if (_entries.TryGetValue("*." + parent, out entry))
            {
                isOurs = true;
                return entry;
            }

            // A wildcard does not reach below a name that exists (RFC 4592 section 3.3.1).
            if (_entries.ContainsKey(parent))
            {
                break;
            }
        }

        isOurs = IsInDomain(name);
        return null;
    }

    private static string Normalize(string name)
    {
        var text = name.TrimEnd('.').ToLowerInvariant();
        var labels = text.Split('.');
        if (text.Length is 0 or > 253 || !labels.Skip(labels.Length > 1 && IsWildcard(text) ? 1 : 0).All(IsLabel))
        {
            throw new ArgumentException($"\"{name}\" is no DNS name: expected labels of letters, digits, - and _, 253 characters at most", nameof(name));
        }

        return text;
    }

    private static bool IsWildcard(string name) => name.StartsWith("*.", StringComparison.Ordinal);

    private static bool IsLabel(string label) => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static IReadOnlyList<IPAddress> Union(IReadOnlyList<IPAddress>? old, IReadOnlyList<IPAddress> added, AddressFamily family) =>
        [.. (old ?? []).Union(added.Select(a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a).Where(a => a.AddressFamily == family))];

    /// <summary><c>4.3.2.1.in-addr.arpa</c> or the 32 nibbles of <c>ip6.arpa</c> (RFC 3596 section 2.5).</summary>
    private static string ReverseName(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        if (bytes.Length == 4)
        {
            return $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa";
        }

        var name = new StringBuilder(72);
        foreach (var nibble in Convert.ToHexStringLower(bytes).Reverse())
        {
            name.Append(nibble).Append('.');
        }

        return name.Append("ip6.arpa").ToString();
    }

    private static string Parent(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? string.Empty : name[(dot + 1)..];
    }

    private bool IsInDomain(string name) =>
        name.EndsWith(Domain, StringComparison.Ordinal) && (name.Length == Domain.Length || name[^(Domain.Length + 1)] == '.');
}
