using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Tests.Options;

public sealed class OptionsFileTests
{
    [Fact]
    public void What_the_file_does_not_say_holds_its_default()
    {
        var options = OptionsFile.Parse("nodemeshd.yaml", "node: web-1\ndrain: 45s\n");

        Assert.Equal("web-1", options.Node);
        Assert.Equal(TimeSpan.FromSeconds(45), options.Drain);
        Assert.Equal(new DaemonOptions().Listeners, options.Listeners);
        Assert.Equal(0x4d455348u, options.Mark);
    }

    [Fact]
    public void An_empty_file_says_nothing() => Assert.Equal(new DaemonOptions(), OptionsFile.Parse("nodemeshd.yaml", "# nothing yet\n"));

    [Fact]
    public void Every_field_is_read()
    {
        var options = OptionsFile.Parse("nodemeshd.yaml", """
            node: web-1
            resources: /r
            identities: /i
            bundles: /b
            loops: 3
            mark: "0x100/0x100"
            listeners: {outbound: ["127.0.0.1:1"], inbound: ["[::]:2"], mesh: ["0.0.0.0:3"]}
            dns: {listen: [], upstreams: ["192.0.2.53:53"], ttl: 7s}
            telemetry: {listen: ["0.0.0.0:4"]}
            admin: {socket: /run/a.sock}
            accessLog: {output: "off"}
            interception: {managePorts: false, command: /bin/true}
            timeouts: {connect: 1s, handshake: 2s, idle: 0s}
            drain: 0s
            log: {level: debug, format: json}
            """);

        Assert.Equal(("/r", "/i", "/b", 3, 0x100u), (options.Resources, options.Identities, options.Bundles, options.Loops, options.Mark));
        Assert.Equal("[::]:2", options.Listeners.Inbound[0].ToString());
        Assert.True(options.Dns.Listen.IsEmpty);
        Assert.Equal("192.0.2.53:53", options.Dns.Upstreams![0].ToString());
        Assert.Equal(("/run/a.sock", true, false), (options.AdminSocket, options.AccessLog.IsOff, options.Interception.ManagePorts));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.Zero), (options.Timeouts.Connect, options.Timeouts.Idle));
        Assert.Equal((LogLevel.Debug, LogFormat.Json), (options.LogLevel, options.LogFormat));
    }

    [Theory]
    [InlineData("listener: {}\n", "nodemeshd.yaml:1:1: error: listener: nodemeshd.yaml has no such field; did you mean \"listeners\"?")]
    [InlineData("node: web-1\nnode: web-2\n", "nodemeshd.yaml:2:1: error: node: the field stands here again")]
    [InlineData("listeners:\n  mesh: [\"15008\"]\n", "nodemeshd.yaml:2:10: error: listeners.mesh[0]: ")]
    [InlineData("dns: {listen: [\"0.0.0.0:53\"]}\n", "dns.listen[0]: 0.0.0.0:53 is every address")]
    [InlineData("mark: \"0x300/0x100\"\n", "the value has bits that the mask has not")]
    [InlineData("loops: 0\n", "a number of event loops, a whole number from 1 to 1024")]
    [InlineData("accessLog: {output: access.log}\n", "a path such as /var/log/nodemesh/access.log, or stdout, or off")]
    [InlineData("log: {level: verbose}\n", "log.level: \"verbose\": no such value")]
    [InlineData("timeouts: {connect: 0s}\n", "timeouts.connect: without time no connection opens")]
    [InlineData("resources: etc/nodemesh\n", "resources: ")]
    [InlineData("node: [\n", "this is not YAML")]
    [InlineData("node: a\n---\nnode: b\n", "a second document stands here")]
    public void What_is_wrong_is_said_with_its_place(string text, string expected)
    {
        var error = Assert.Throws<SettingsException>(() => OptionsFile.Parse("nodemeshd.yaml", text));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_said_at_once()
    {
        var error = Assert.Throws<SettingsException>(() => OptionsFile.Parse("nodemeshd.yaml", "loops: many\ndrain: soon\n"));

        Assert.Equal(2, error.Message.Split('\n').Length);
    }

    [Fact]
    public void A_missing_file_is_an_error_when_it_is_named()
    {
        var error = Assert.Throws<SettingsException>(() => OptionsFile.Load("/nowhere/nodemeshd.yaml"));

        Assert.Contains("/nowhere/nodemeshd.yaml", error.Message, StringComparison.Ordinal);
    }
}
