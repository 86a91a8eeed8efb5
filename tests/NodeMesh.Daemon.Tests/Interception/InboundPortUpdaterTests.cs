using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Interception;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Interception;

public sealed class InboundPortUpdaterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_command_is_told_the_ports_whenever_they_change()
    {
        await using var updater = Make("""echo "$@" >> "$(dirname "$0")/calls" """);

        updater.Set([8080, 9090]);
        await Wait.UntilAsync(() => updater.State.Ports.Count == 2, "the ports are set");
        updater.Set([8080, 9090]);
        updater.Set([]);
        await Wait.UntilAsync(() => updater.State.Ports.Count == 0, "no ports are set");

        Assert.Equal(["ports set 8080,9090", "ports set "], await File.ReadAllLinesAsync(_directory.File("calls")));
        Assert.NotNull(updater.State.AppliedAt);
    }

    [Fact]
    public async Task Why_it_failed_is_told_until_it_succeeds()
    {
        await using var updater = Make("""test -e "$(dirname "$0")/up" || { echo "nodemesh-iptables: the rules are not installed" >&2; exit 3; }""");

        updater.Set([8080]);
        await Wait.UntilAsync(() => updater.State.Error is not null, "the failure is told");
        Assert.Equal("nodemesh-iptables: the rules are not installed", updater.State.Error);
        _directory.Replace("up", "");
        updater.Set([8080]);

        await Wait.UntilAsync(() => updater.State is { Error: null, Ports: [8080] }, "the ports are set");
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_told()
    {
        await using var updater = new InboundPortUpdater(
            new InterceptionOptions { Command = "/nowhere/nodemesh-iptables" }, TimeProvider.System, NullLogger<InboundPortUpdater>.Instance);

        updater.Set([8080]);

        await Wait.UntilAsync(() => updater.State.Error is not null, "the failure is told");
        Assert.StartsWith("/nowhere/nodemesh-iptables cannot be run: ", updater.State.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private InboundPortUpdater Make(string script)
    {
        _directory.Replace("nodemesh-iptables", "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(_directory.File("nodemesh-iptables"), (UnixFileMode)0x1ed);
        return new InboundPortUpdater(
            new InterceptionOptions { Command = _directory.File("nodemesh-iptables") }, TimeProvider.System, NullLogger<InboundPortUpdater>.Instance);
    }
}
