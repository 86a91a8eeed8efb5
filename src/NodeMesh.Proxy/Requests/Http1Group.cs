using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Requests;

/// <summary>The connections of one key in an <see cref="Http1Pool"/>.</summary>
internal sealed class Http1Group(UpstreamKey key)
{
    public UpstreamKey Key { get; } = key;

    /// <summary>Those without an exchange, the one used last on top.</summary>
    public IdleStack Idle { get; } = new();

    /// <summary>Idle and busy.</summary>
    public int Open { get; set; }

    /// <summary>Exchanges that wait until one is idle or another may be made.</summary>
    public LinkedList<Http1Waiter> Waiters { get; } = new();

    /// <summary>Those of the service, as they were when the last connection was made.</summary>
    public ServiceSettings Settings { get; set; } = ServiceSettings.Default;

    /// <summary>No connection is kept any more.</summary>
    public bool IsRetired { get; set; }
}
