namespace NodeMesh.Daemon.Options;

/// <summary>The settings or the command line are wrong; each line of the message says what, where, and what would be right.</summary>
internal sealed class OptionsException(string message) : Exception(message);
