namespace NodeMesh.Proxy.Tunnels;

/// <summary>The answer to a CONNECT.</summary>
/// <param name="Status">The HTTP status; 200 opens the tunnel. 0 when there was none.</param>
/// <param name="Refusal">The peer's own word for a refusal, from its <c>nodemesh-refused</c> header; null from other meshes.</param>
internal readonly record struct MeshResponse(int Status, string? Refusal)
{
    private const int TimedOutStatus = -1;

    public static MeshResponse Broken => default;

    public static MeshResponse TimedOut => new(TimedOutStatus, null);

    public bool IsSuccess => Status == 200;

    public bool IsTimeout => Status == TimedOutStatus;
}
