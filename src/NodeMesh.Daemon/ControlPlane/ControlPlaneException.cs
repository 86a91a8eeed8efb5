namespace NodeMesh.Daemon.ControlPlane;

/// <summary>The controller cannot be reached, refuses, or is not who it should be. The message says what, and what would be right.</summary>
internal sealed class ControlPlaneException(string message, Exception? cause = null) : Exception(message, cause);
