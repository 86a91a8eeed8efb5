namespace NodeMesh.Daemon.Interception;

/// <summary>nodemesh-iptables could not do what was asked; the message is what it said.</summary>
internal sealed class PortCommandException(string message) : Exception(message);
