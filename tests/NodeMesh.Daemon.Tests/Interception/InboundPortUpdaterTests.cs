using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Interception;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Interception;

public sealed class InboundPortUpdaterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>As nodemesh-iptables does it, with a file for the kernel.</summary>
    private const string Kernel = """
        here=$(dirname "$0")
        echo "$@" >> "$here/calls"
        [ "$(cat "$here/kernel" 2>/dev/null)" != "$3" ] || { echo "inbound ports: $3, as before"; exit; }
        echo "$3" > "$here/kernel"
        echo "inbound ports: $3"
        """;

    [Fact]
    public async Task The_command_is_told_the_ports_whenever_they_change()
    {
        await using var updater = Make(Kernel, Rarely);
        Assert.True(updater.IsCurrent);

        updater.Set([8080, 9090]);
        await Wait.UntilAsync(() => updater is { IsCurrent: true, State.Ports.Count: 2 }, "the ports are set");
        updater.Set([]);
        await Wait.UntilAsync(() => updater.State.Ports.Count == 0, "no ports are set");

        Assert.Equal(["ports set 8080,9090", "ports set "], await File.ReadAllLinesAsync(_directory.File("calls")));
        Assert.NotNull(updater.State.AppliedAt);
    }

    [Fact]
    public async Task Ports_that_the_kernel_lost_are_set_again_without_being_asked()
    {
        await using var updater = Make(Kernel, TimeSpan.FromMilliseconds(50));
        updater.Set([8080]);
        await Wait.UntilAsync(() => updater.State.Ports.Count == 1, "the port is set");

        File.Delete(_directory.File("kernel"));

        await Wait.UntilAsync(() => File.Exists(_directory.File("kernel")), "the port is set again");
    }

    [Fact]
    public async Task A_look_that_is_asked_for_comes_at_once()
    {
        await using var updater = Make(Kernel, Rarely);
        updater.Set([8080]);
        await Wait.UntilAsync(() => updater.State.Ports.Count == 1, "the port is set");
        File.Delete(_directory.File("kernel"));

        updater.Look();

        await Wait.UntilAsync(() => File.Exists(_directory.File("kernel")), "the port is set again");
    }

    [Fact]
    public async Task Why_it_failed_is_told_until_it_succeeds()
    {
        await using var updater = Make("""test -e "$(dirname "$0")/up" || { echo "nodemesh-iptables: the rules are not installed" >&2; exit 3; }""", Rarely);

        updater.Set([8080]);
        await Wait.UntilAsync(() => updater.State.Error is not null, "the failure is told");
        Assert.Equal("nodemesh-iptables: the rules are not installed", updater.State.Error);
        Assert.False(updater.IsCurrent);
        _directory.Replace("up", "");

        // Sooner than the interval, and unasked.
        await Wait.UntilAsync(() => updater.State is { Error: null, Ports: [8080] }, "the ports are set");
        Assert.True(updater.IsCurrent);
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_told()
    {
        await using var updater = Make("/nowhere/nodemesh-iptables", TimeProvider.System);

        updater.Set([8080]);

        await Wait.UntilAsync(() => updater.State.Error is not null, "the failure is told");
        Assert.StartsWith("/nowhere/nodemesh-iptables cannot be run: ", updater.State.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_any_kind_is_told_and_does_not_end_it()
    {
        _directory.Replace("nodemesh-iptables", "#!/bin/sh\n" + Kernel + "\n");
        File.SetUnixFileMode(_directory.File("nodemesh-iptables"), (UnixFileMode)0x1ed);
        await using var updater = Make(_directory.File("nodemesh-iptables"), new FaultyClock());

        updater.Set([8080]);

        await Wait.UntilAsync(() => updater.State.Error is "the clock is broken", "the fault is told");
        await Wait.UntilAsync(() => updater.State is { Error: null, Ports: [8080] }, "it went on");
    }

    public void Dispose() => _directory.Dispose();

    private static TimeSpan Rarely => TimeSpan.FromHours(1);

    private static InboundPortUpdater Make(string command, TimeProvider time) =>
        new(new InterceptionOptions { Command = command }, Rarely, time, NullLogger<InboundPortUpdater>.Instance);

    private InboundPortUpdater Make(string script, TimeSpan interval)
    {
        _directory.Replace("nodemesh-iptables", "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(_directory.File("nodemesh-iptables"), (UnixFileMode)0x1ed);
        return new InboundPortUpdater(
            new InterceptionOptions { Command = _directory.File("nodemesh-iptables") }, interval, TimeProvider.System, NullLogger<InboundPortUpdater>.Instance);
    }

    /// <summary>Breaks once, when the time of the first success is asked.</summary>
    private sealed class FaultyClock : TimeProvider
    {
        private int _asked;

        public override DateTimeOffset GetUtcNow() =>
            Interlocked.Increment(ref _asked) == 1 ? throw new InvalidOperationException("the clock is broken") : base.GetUtcNow();
    }
}
