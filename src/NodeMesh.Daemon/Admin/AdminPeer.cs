namespace NodeMesh.Daemon.Admin;

/// <summary>Who is at the other end of an admin connection, as the kernel says. A feature of the connection.</summary>
internal sealed record AdminPeer(uint Uid, int Pid);
