namespace NodeMesh.Linux.Credentials;

/// <summary>A user of this machine.</summary>
/// <param name="Name">The login name.</param>
/// <param name="Uid">The user id.</param>
/// <param name="Gid">The primary group id.</param>
public sealed record UserAccount(string Name, uint Uid, uint Gid);
