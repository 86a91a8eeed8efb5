namespace NodeMesh.Daemon.Lifecycle;

/// <summary>The daemon cannot start; the message is the one line the operator reads: what, where, and what would be right.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
