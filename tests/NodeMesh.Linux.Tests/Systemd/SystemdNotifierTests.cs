using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NodeMesh.Linux.Systemd;

namespace NodeMesh.Linux.Tests.Systemd;

public sealed class SystemdNotifierTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_state_arrives_as_one_datagram(bool isAbstract)
    {
        var name = isAbstract ? $"@nodemesh-test-{Guid.NewGuid():N}" : Path.Join(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        using var notifier = new SystemdNotifier(name);
        try
        {
            Assert.True(notifier.IsEnabled);
            Assert.Equal("READY=1\nSTATUS=carrying 3 workloads", Sent(notifier.Ready("carrying 3 workloads")));
            Assert.Equal("STOPPING=1", Sent(notifier.Stopping()));
            Assert.Equal("STATUS=one line READY=0", Sent(notifier.Status("one line\nREADY=0")));
            Assert.Equal("WATCHDOG=1", Sent(notifier.WatchdogPing()));
            Assert.Equal("MAINPID=42", Sent(notifier.MainPid(42)));
            Assert.Equal("EXTEND_TIMEOUT_USEC=1500000", Sent(notifier.ExtendTimeout(TimeSpan.FromSeconds(1.5))));

            var before = SystemdInterop.MonotonicMicroseconds();
            var reloading = Sent(notifier.Reloading());
            Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", reloading, StringComparison.Ordinal);
            Assert.InRange(
                ulong.Parse(reloading[(reloading.LastIndexOf('=') + 1)..], CultureInfo.InvariantCulture), before, SystemdInterop.MonotonicMicroseconds());
        }
        finally
        {
            File.Delete(name);
        }

        string Sent(SocketError result)
        {
            Assert.Equal(SocketError.Success, result);
            var buffer = new byte[4096];
            return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
        }
    }

    [Fact]
    public void Without_systemd_nothing_is_sent_and_nothing_fails()
    {
        using var notifier = new SystemdNotifier(null);

        Assert.False(notifier.IsEnabled);
        Assert.Equal(SocketError.Success, notifier.Ready());
    }

    [Fact]
    public void A_manager_that_is_gone_is_reported_and_not_thrown()
    {
        using var notifier = new SystemdNotifier($"/tmp/no-such-{Guid.NewGuid():N}");

        Assert.NotEqual(SocketError.Success, notifier.Ready());
    }

    [Theory]
    [InlineData("relative/path")]
    [InlineData("@")]
    [InlineData("vsock:2:1")]
    public void A_socket_name_of_another_form_is_refused(string name) => Assert.Throws<FormatException>(() => new SystemdNotifier(name));
}
