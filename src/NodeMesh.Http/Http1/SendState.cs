namespace NodeMesh.Http.Http1;

/// <summary>What the owner writes next.</summary>
internal enum SendState
{
    /// <summary>Server: nothing, there is no request. Client: a request.</summary>
    Nothing,

    /// <summary>Server: the response to the request.</summary>
    Head,

    /// <summary>No bytes go out, whatever is written: HEAD, 204, 304.</summary>
    NoBody,
    Length,
    Chunked,
    UntilClose,

    /// <summary>Client: an upgrade or CONNECT was sent and not answered yet.</summary>
    AwaitsTunnel,
    Tunnel,
    Done,
}
