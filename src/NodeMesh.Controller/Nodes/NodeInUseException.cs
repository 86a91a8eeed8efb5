namespace NodeMesh.Controller.Nodes;

/// <summary>A node is not removed, because the mesh still counts on it. The message says what for, and what is to be done first.</summary>
internal sealed class NodeInUseException(string message) : Exception(message);
