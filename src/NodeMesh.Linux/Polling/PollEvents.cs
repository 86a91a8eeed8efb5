namespace NodeMesh.Linux.Polling;

/// <summary>Readiness bits of epoll_ctl(2).</summary>
[Flags]
public enum PollEvents : uint
{
    None = 0,
    Readable = 0x001,
    Writable = 0x004,

    /// <summary>A pending socket error; always reported, never asked for.</summary>
    Error = 0x008,

    /// <summary>Both halves are closed; always reported.</summary>
    HangUp = 0x010,

    /// <summary>The peer closed its half.</summary>
    PeerClosed = 0x2000,
}
