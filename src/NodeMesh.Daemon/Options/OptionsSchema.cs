using System.Globalization;
using Microsoft.Extensions.Logging;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Daemon.Options;

/// <summary>Declares the fields of nodemeshd.yaml, with the schemas that resources are declared with.</summary>
internal static class OptionsSchema
{
    public const int MaxLoops = 1024;

    public static ScalarSchema<string> NodeName => Scalars.DnsName;

    public static ScalarSchema<LogLevel> Level { get; } = Choice.Of(
        ("trace", LogLevel.Trace),
        ("debug", LogLevel.Debug),
        ("information", LogLevel.Information),
        ("warning", LogLevel.Warning),
        ("error", LogLevel.Error),
        ("critical", LogLevel.Critical));

    private static readonly ScalarSchema<ListenAddress> Address = new(
        ScalarForm.Text, "an IP address and port in quotes, such as \"127.0.0.1:15001\" or \"[::]:15008\"", TryParseAddress, address => address.ToString());

    private static readonly ScalarSchema<uint> Mark = new(
        ScalarForm.TextOrNumber, "a mark such as 0x4d455348 (or value and mask, as nodemesh-iptables takes them), or 0 for none", TryParseMark, mark => $"0x{mark:x}");

    private static readonly ListSchema<ListenAddress> Addresses = new(Address, atMost: 16, distinct: true);

    private static readonly ListSchema<ListenAddress> AnyAddresses = new(Address, atMost: 16, mayBeEmpty: true, distinct: true);

    private static readonly ObjectSchema<ListenerOptions> Listeners = new("the listeners", () => new ListenerOptions(),
    [
        Fields.Optional("outbound", Addresses, (ListenerOptions l) => l.Outbound, (l, v) => l with { Outbound = v }),
        Fields.Optional("inbound", Addresses, (ListenerOptions l) => l.Inbound, (l, v) => l with { Inbound = v }),
        Fields.Optional("mesh", Addresses, (ListenerOptions l) => l.Mesh, (l, v) => l with { Mesh = v }),
    ]);

    private static readonly ObjectSchema<DnsSettings> Dns = new("the DNS settings", () => new DnsSettings(),
    [
        Fields.Optional("listen", AnyAddresses, (DnsSettings d) => d.Listen, (d, v) => d with { Listen = v }),
        Fields.Optional("upstreams", AnyAddresses, (DnsSettings d) => d.Upstreams ?? [], (d, v) => d with { Upstreams = v }),
        Fields.Optional("ttl", Scalars.Duration, (DnsSettings d) => d.Ttl, (d, v) => d with { Ttl = v }),
    ], check: CheckDns);

    private static readonly ObjectSchema<DaemonOptions> Telemetry = new("the telemetry settings", () => new DaemonOptions(),
    [
        Fields.Optional("listen", AnyAddresses, (DaemonOptions o) => o.Telemetry, (o, v) => o with { Telemetry = v }),
    ]);

    private static readonly ObjectSchema<DaemonOptions> Admin = new("the admin settings", () => new DaemonOptions(),
    [
        Fields.Optional("socket", Scalars.AbsolutePath, (DaemonOptions o) => o.AdminSocket, (o, v) => o with { AdminSocket = v }),
    ]);

    private static readonly ObjectSchema<AccessLogSettings> AccessLog = new("the access log settings", () => new AccessLogSettings(),
    [
        Fields.Optional("output", Scalars.Text("a path such as /var/log/nodemesh/access.log, or stdout, or off", IsOutput),
            (AccessLogSettings a) => a.Output, (a, v) => a with { Output = v }),
    ]);

    private static readonly ScalarSchema<string> HostAndPort = Scalars.Text("a host and port, such as controller.example.org:15010", IsHostAndPort);

    private static readonly ObjectSchema<ControlPlaneOptions> Controller = new("the controller", () => new ControlPlaneOptions(),
    [
        Fields.Required("addresses", new ListSchema<string>(HostAndPort, atMost: 16, distinct: true), (ControlPlaneOptions c) => c.Addresses, (c, v) => c with { Addresses = v }),
        Fields.Optional("tokenFile", Scalars.AbsolutePath, (ControlPlaneOptions c) => c.TokenFile, (c, v) => c with { TokenFile = v }),
        Fields.Optional("state", Scalars.AbsolutePath, (ControlPlaneOptions c) => c.State, (c, v) => c with { State = v }),
    ]);

    private static readonly ObjectSchema<InterceptionOptions> Interception = new("the interception settings", () => new InterceptionOptions(),
    [
        Fields.Optional("managePorts", Scalars.Boolean, (InterceptionOptions i) => i.ManagePorts, (i, v) => i with { ManagePorts = v }),
        Fields.Optional("command", Scalars.AbsolutePath, (InterceptionOptions i) => i.Command, (i, v) => i with { Command = v }),
    ]);

    private static readonly ObjectSchema<TimeoutOptions> Timeouts = new("the timeouts", () => new TimeoutOptions(),
    [
        Fields.Optional("connect", Scalars.Duration, (TimeoutOptions t) => t.Connect, (t, v) => t with { Connect = v }),
        Fields.Optional("handshake", Scalars.Duration, (TimeoutOptions t) => t.Handshake, (t, v) => t with { Handshake = v }),
        Fields.Optional("idle", Scalars.Duration, (TimeoutOptions t) => t.Idle, (t, v) => t with { Idle = v }),
    ], check: CheckTimeouts);

    private static readonly ObjectSchema<DaemonOptions> Log = new("the log settings", () => new DaemonOptions(),
    [
        Fields.Optional("level", Level, (DaemonOptions o) => o.LogLevel, (o, v) => o with { LogLevel = v }),
        Fields.Optional(
            "format", Choice.Of(("text", LogFormat.Text), ("json", LogFormat.Json)), (DaemonOptions o) => o.LogFormat, (o, v) => o with { LogFormat = v }),
    ]);

    public static ObjectSchema<DaemonOptions> Schema { get; } = new("nodemeshd.yaml", () => new DaemonOptions(),
    [
        Fields.Optional("node", NodeName, (DaemonOptions o) => o.Node, (o, v) => o with { Node = v }),
        Fields.Optional("resources", Scalars.AbsolutePath, (DaemonOptions o) => o.Resources, (o, v) => o with { Resources = v }),
        Fields.Optional("identities", Scalars.AbsolutePath, (DaemonOptions o) => o.Identities, (o, v) => o with { Identities = v }),
        Fields.Optional("bundles", Scalars.AbsolutePath, (DaemonOptions o) => o.Bundles, (o, v) => o with { Bundles = v }),
        Fields.Optional("controller", Controller, (DaemonOptions o) => o.Controller, (o, v) => o with { Controller = v }),
        Fields.Optional(
            "loops",
            Scalars.Number("a number of event loops", 1, MaxLoops, number => (int)number, loops => loops),
            (DaemonOptions o) => o.Loops,
            (o, v) => o with { Loops = v }),
        Fields.Optional("mark", Mark, (DaemonOptions o) => o.Mark, (o, v) => o with { Mark = v }),
        Fields.Optional("listeners", Listeners, (DaemonOptions o) => o.Listeners, (o, v) => o with { Listeners = v }),
        Fields.Optional("dns", Dns, (DaemonOptions o) => o.Dns, (o, v) => o with { Dns = v }),
        Fields.OptionalGroup("telemetry", Telemetry),
        Fields.OptionalGroup("admin", Admin),
        Fields.Optional("accessLog", AccessLog, (DaemonOptions o) => o.AccessLog, (o, v) => o with { AccessLog = v }),
        Fields.Optional("interception", Interception, (DaemonOptions o) => o.Interception, (o, v) => o with { Interception = v }),
        Fields.Optional("timeouts", Timeouts, (DaemonOptions o) => o.Timeouts, (o, v) => o with { Timeouts = v }),
        Fields.Optional("drain", Scalars.Duration, (DaemonOptions o) => o.Drain, (o, v) => o with { Drain = v }),
        Fields.OptionalGroup("log", Log),
    ]);

    /// <summary>The word for a level, in the file, on the command line and in the admin API.</summary>
    public static string LevelName(LogLevel level) => level == LogLevel.None ? "none" : level.ToString().ToLowerInvariant();

    private static void CheckDns(DnsSettings dns, FieldScope at)
    {
        for (var i = 0; i < dns.Listen.Count; i++)
        {
            if (dns.Listen[i].Endpoint.IsAny)
            {
                at.Error($"listen[{i}]", $"{dns.Listen[i]} is every address, and answers could leave from another than was asked; name the addresses one by one");
            }
        }
    }

    private static void CheckTimeouts(TimeoutOptions timeouts, FieldScope at)
    {
        if (timeouts.Connect <= TimeSpan.Zero)
        {
            at.Error("connect", "without time no connection opens; give a duration such as 5s");
        }

        if (timeouts.Handshake <= TimeSpan.Zero)
        {
            at.Error("handshake", "without time no handshake ends; give a duration such as 10s");
        }
    }

    private static bool IsHostAndPort(string text) =>
        Uri.TryCreate($"https://{text}", UriKind.Absolute, out var uri) && uri is { PathAndQuery: "/", UserInfo: "" } && text.EndsWith($":{uri.Port}", StringComparison.Ordinal);

    private static bool IsOutput(string text) =>
        text is AccessLogSettings.StandardOutput or AccessLogSettings.Off || (text.Length is > 1 and < 4096 && text[0] == '/' && !text.Any(char.IsControl));

    private static bool TryParseAddress(string text, out ListenAddress value, out string? problem)
    {
        problem = null;
        return ListenAddress.TryParse(text, out value);
    }

    /// <summary>Decimal or 0x hexadecimal; a mask after a slash must leave the value as it is.</summary>
    private static bool TryParseMark(string text, out uint value, out string? problem)
    {
        problem = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var mask = uint.MaxValue;
        if (!TryParseBits(slash < 0 ? text : text[..slash], out value) || (slash >= 0 && !TryParseBits(text[(slash + 1)..], out mask)))
        {
            return false;
        }

        problem = (value & ~mask) != 0 ? "the value has bits that the mask has not" : null;
        return problem is null;
    }

    private static bool TryParseBits(string text, out uint value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
