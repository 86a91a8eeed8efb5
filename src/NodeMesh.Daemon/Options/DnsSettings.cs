using NodeMesh.Resources;

namespace NodeMesh.Daemon.Options;

/// <summary>The local DNS server.</summary>
internal sealed record DnsSettings
{
    /// <summary>UDP and TCP; empty for no DNS server. Wildcard addresses are refused.</summary>
    public ValueList<ListenAddress> Listen { get; init; } = [ListenAddress.Parse("127.0.0.1:15053"), ListenAddress.Parse("[::1]:15053")];

    /// <summary>The servers for names outside the mesh; null for those of /etc/resolv.conf.</summary>
    public ValueList<ListenAddress>? Upstreams { get; init; }

    /// <summary>How long clients may keep an answer.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(5);
}
