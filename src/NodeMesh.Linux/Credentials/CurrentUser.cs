namespace NodeMesh.Linux.Credentials;

/// <summary>The user that this process acts as.</summary>
public static class CurrentUser
{
    /// <summary>The effective user (geteuid(2)).</summary>
    public static uint Uid => LibC.geteuid();
}
