using Microsoft.Extensions.Logging;
using NodeMesh.Resources;

namespace NodeMesh.Daemon.Options;

/// <summary>The settings of the daemon, complete: what the file and the flags do not say holds its default. Immutable; read once at start.</summary>
internal sealed record DaemonOptions
{
    public const string DefaultFile = "/etc/nodemesh/nodemeshd.yaml";

    /// <summary>"MESH". The rules of nodemesh-iptables leave sockets with it alone.</summary>
    public const uint DefaultMark = 0x4d455348;

    /// <summary>The name of the Node resource that is this machine.</summary>
    public string Node { get; init; } = Environment.MachineName.ToLowerInvariant();

    public string Resources { get; init; } = "/etc/nodemesh/resources";

    public string Identities { get; init; } = "/var/lib/nodemesh/identities";

    public string Bundles { get; init; } = "/var/lib/nodemesh/bundles";

    /// <summary>Where resources and certificates come from instead of files.</summary>
    public ControlPlaneOptions Controller { get; init; } = new();

    /// <summary>Event loops.</summary>
    public int Loops { get; init; } = Environment.ProcessorCount;

    /// <summary>SO_MARK of every socket the daemon connects with; 0 for none: then its user must be exempt from capture.</summary>
    public uint Mark { get; init; } = DefaultMark;

    public ListenerOptions Listeners { get; init; } = new();

    public DnsSettings Dns { get; init; } = new();

    /// <summary>Where metrics and health are served; empty for nowhere.</summary>
    public ValueList<ListenAddress> Telemetry { get; init; } = [ListenAddress.Parse("127.0.0.1:15020")];

    /// <summary>The path of the admin socket.</summary>
    public string AdminSocket { get; init; } = "/run/nodemesh/admin.sock";

    /// <summary>A path, <see cref="AccessLogSettings.StandardOutput"/> or <see cref="AccessLogSettings.Off"/>.</summary>
    public AccessLogSettings AccessLog { get; init; } = new();

    public InterceptionOptions Interception { get; init; } = new();

    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>How long open connections may take to end when the daemon stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public LogFormat LogFormat { get; init; }
}
