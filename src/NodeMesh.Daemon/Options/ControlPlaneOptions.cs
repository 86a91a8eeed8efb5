using NodeMesh.Resources;

namespace NodeMesh.Daemon.Options;

/// <summary>Where the node gets resources and certificates from, when that is a controller.</summary>
internal sealed record ControlPlaneOptions
{
    /// <summary>Controllers as <c>host:port</c>, tried in turn; empty for a node that works from files.</summary>
    public ValueList<string> Addresses { get; init; } = [];

    /// <summary>Holds the token for joining. Read only while the node has no identity.</summary>
    public string TokenFile { get; init; } = "/etc/nodemesh/join-token";

    /// <summary>Where the node's own identity and the last good configuration are kept; for the daemon's user alone.</summary>
    public string State { get; init; } = "/var/lib/nodemesh/node";

    public bool IsUsed => !Addresses.IsEmpty;
}
