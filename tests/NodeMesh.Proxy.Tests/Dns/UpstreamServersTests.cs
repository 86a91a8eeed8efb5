using System.Net;
using NodeMesh.Proxy.Dns;

namespace NodeMesh.Proxy.Tests.Dns;

public sealed class UpstreamServersTests
{
    [Fact]
    public void The_servers_of_resolv_conf_are_read_without_ourselves()
    {
        string[] lines =
        [
            "# nameserver 192.0.2.9", "search mesh.internal", "nameserver 127.0.0.53", "nameserver\t192.0.2.1 # first", "nameserver fe80::1%1",
            "nameserver host.name", "nameserver", "nameserver 192.0.2.1", "options edns0",
        ];

        var servers = UpstreamServers.Parse(lines, [new IPEndPoint(IPAddress.Parse("127.0.0.53"), 53)]);

        Assert.Equal(["192.0.2.1:53", "[fe80::1%1]:53"], servers.Select(s => s.ToString()), StringComparer.Ordinal);
    }

    [Fact]
    public void A_resolv_conf_with_very_many_servers_is_cut() =>
        Assert.Equal(UpstreamServers.MaxServers, UpstreamServers.Parse(Enumerable.Range(1, 100).Select(i => $"nameserver 10.0.0.{i}"), []).Count);

    [Fact]
    public void A_changed_resolv_conf_is_seen_and_a_missing_one_changes_nothing()
    {
        var path = Path.Join(Path.GetTempPath(), $"resolv-{Guid.NewGuid():N}.conf");
        var time = new ManualTime();
        File.WriteAllText(path, "nameserver 192.0.2.1\n");
        var servers = new UpstreamServers(new DnsOptions { ResolvConf = path }, [], time);
        Assert.Equal("192.0.2.1:53", Assert.Single(servers.Current).ToString());

        File.WriteAllText(path, "nameserver 192.0.2.2\n");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(5));
        Assert.Equal("192.0.2.1:53", Assert.Single(servers.Current).ToString());
        time.Now += TimeSpan.FromSeconds(3).Ticks;
        Assert.Equal("192.0.2.2:53", Assert.Single(servers.Current).ToString());

        File.Delete(path);
        time.Now += TimeSpan.FromSeconds(3).Ticks;
        Assert.Equal("192.0.2.2:53", Assert.Single(servers.Current).ToString());
    }

    private sealed class ManualTime : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
