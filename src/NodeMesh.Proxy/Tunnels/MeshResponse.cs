namespace NodeMesh.Proxy.Tunnels;

/// <summary>The answer to a CONNECT.</summary>
/// <param name="Status">The HTTP status; 200 opens the tunnel. 0 or less when there was none.</param>
/// <param name="Refusal">The peer's own word for a refusal, from its <c>nodemesh-refused</c> header; null from other meshes.</param>
internal readonly record struct MeshResponse(int Status, string? Refusal)
{
    private const int TimedOutStatus = -1;
    private const int UnprocessedStatus = -2;

    /// <summary>The stream or its link ended; whether the peer acted on the request is not known.</summary>
    public static MeshResponse Broken => default;

    public static MeshResponse TimedOut => new(TimedOutStatus, null);

    /// <summary>The peer says that it did nothing about the request (REFUSED_STREAM, or above the last stream of its GOAWAY): safe to repeat.</summary>
    public static MeshResponse Unprocessed => new(UnprocessedStatus, null);

    public bool IsSuccess => Status == 200;

    public bool IsBroken => Status == 0;

    public bool IsTimeout => Status == TimedOutStatus;

    public bool IsUnprocessed => Status == UnprocessedStatus;
}
