using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Lifecycle;

public sealed class CapabilityTests
{
    private const ulong NetRaw = 1 << 13;
    private const ulong NetAdmin = 1 << 12;

    [Fact]
    public void What_the_kernel_says_of_a_process_is_read() =>
        Assert.Equal(new ProcessStatus(998, 0x3000), ProcessStatus.Parse(["Name:\tnodemeshd", "Uid:\t0\t998\t998\t998", "CapEff:\t0000000000003000"]));

    [Fact]
    public void A_mark_needs_NET_RAW_or_NET_ADMIN()
    {
        Assert.Equal((true, false), Need("CAP_NET_RAW", new DaemonOptions(), 0));
        Assert.Equal((true, true), Need("CAP_NET_RAW", new DaemonOptions(), NetRaw));
        Assert.Equal((true, true), Need("CAP_NET_RAW", new DaemonOptions(), NetAdmin));
        Assert.Equal((false, false), Need("CAP_NET_RAW", new DaemonOptions { Mark = 0 }, 0));
    }

    [Fact]
    public void Managing_the_ports_needs_NET_ADMIN()
    {
        Assert.Equal((true, false), Need("CAP_NET_ADMIN", new DaemonOptions(), NetRaw));
        var options = new DaemonOptions { Interception = new InterceptionOptions { ManagePorts = false } };
        Assert.Equal((false, false), Need("CAP_NET_ADMIN", options, NetRaw));
    }

    private static (bool Required, bool Held) Need(string name, DaemonOptions options, ulong effective)
    {
        var capability = ProcessCapabilities.Judge(options, effective).Single(c => string.Equals(c.Name, name, StringComparison.Ordinal));
        return (capability.IsRequired, capability.IsHeld);
    }
}
