namespace NodeMesh.Controller.Serving;

/// <summary>The process at the other end of the unix socket, as the kernel knows it.</summary>
internal sealed record LocalPeer(uint Uid);
