namespace NodeMesh.Daemon.Admin;

/// <summary>A request that cannot be answered as it was made; becomes problem details.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="detail">What is wrong, and what would be right.</param>
internal sealed class AdminException(int status, string detail) : Exception(detail)
{
    public int Status => status;
}
