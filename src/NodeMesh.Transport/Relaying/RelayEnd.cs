namespace NodeMesh.Transport.Relaying;

/// <summary>How a relayed connection ended.</summary>
public enum RelayEnd
{
    /// <summary>Both sides ended their half in order.</summary>
    Completed,

    /// <summary>The client reset the connection or vanished.</summary>
    ClientFailed,

    /// <summary>The upstream reset the connection or vanished.</summary>
    UpstreamFailed,

    /// <summary>No byte in either direction for the idle timeout.</summary>
    IdleTimeout,

    /// <summary>We ended it: a policy change, a drain, a removed workload.</summary>
    Aborted,
}
