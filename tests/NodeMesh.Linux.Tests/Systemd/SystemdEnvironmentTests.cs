using NodeMesh.Linux.Systemd;

namespace NodeMesh.Linux.Tests.Systemd;

public sealed class SystemdEnvironmentTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("30000000", null, 30)]
    [InlineData("30000000", "100", 30)]
    [InlineData("30000000", "101", null)]
    public void The_watchdog_is_for_the_process_it_names(string? interval, string? pid, int? seconds) =>
        Assert.Equal(
            seconds is { } s ? TimeSpan.FromSeconds(s) : null,
            SystemdWatchdog.ReadInterval(Environment(("WATCHDOG_USEC", interval), ("WATCHDOG_PID", pid)), 100));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    public void A_watchdog_interval_that_is_no_number_is_said(string interval)
    {
        var failure = Assert.Throws<FormatException>(() => SystemdWatchdog.ReadInterval(Environment(("WATCHDOG_USEC", interval)), 1));

        Assert.Equal($"WATCHDOG_USEC is \"{interval}\": expected a positive number", failure.Message);
    }

    [Fact]
    public void Passed_sockets_come_in_order_with_their_names()
    {
        var sockets = SystemdSocket.Parse(Environment(("LISTEN_PID", "100"), ("LISTEN_FDS", "2"), ("LISTEN_FDNAMES", "admin:workload")), 100);

        Assert.Equal([new SystemdSocket(3, "admin"), new SystemdSocket(4, "workload")], sockets);
        Assert.Equal([new SystemdSocket(3, "unknown")], SystemdSocket.Parse(Environment(("LISTEN_PID", "100"), ("LISTEN_FDS", "1")), 100));
    }

    [Theory]
    [InlineData(null, "2")]
    [InlineData("101", "2")]
    [InlineData("100", null)]
    [InlineData("100", "0")]
    public void Sockets_for_another_process_are_left_alone(string? pid, string? count) =>
        Assert.Empty(SystemdSocket.Take(Environment(("LISTEN_PID", pid), ("LISTEN_FDS", count)), 100));

    [Theory]
    [InlineData("2", "one")]
    [InlineData("-1", null)]
    [InlineData("99999", null)]
    [InlineData("many", null)]
    public void Sockets_that_do_not_add_up_are_refused(string count, string? names) =>
        Assert.Throws<FormatException>(
            () => SystemdSocket.Parse(Environment(("LISTEN_PID", "100"), ("LISTEN_FDS", count), ("LISTEN_FDNAMES", names)), 100));

    private static Func<string, string?> Environment(params (string Name, string? Value)[] variables) =>
        name => variables.FirstOrDefault(v => string.Equals(v.Name, name, StringComparison.Ordinal)).Value;
}
