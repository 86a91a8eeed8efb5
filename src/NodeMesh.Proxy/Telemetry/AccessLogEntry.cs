namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// What the access log says about one connection or one request. Rented from <see cref="AccessLog"/> when it is over, filled, and given to
/// <see cref="AccessLog.Write"/>, after which it belongs to the log again.
/// </summary>
public sealed class AccessLogEntry
{
    private AccessLogPeer _source;
    private AccessLogPeer _destination;
    private AccessLogTls _tls;

    /// <summary>When the connection was accepted, or the request began.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The daemon's number for the connection, as in <c>nodemeshctl connections</c>.</summary>
    public long ConnectionId { get; set; }

    public AccessLogDirection Direction { get; set; }

    public ref AccessLogPeer Source => ref _source;

    public ref AccessLogPeer Destination => ref _destination;

    public ref AccessLogTls Tls => ref _tls;

    /// <summary>What the line says of an HTTP request; it says nothing of the kind until it is begun.</summary>
    public AccessLogRequest Request { get; } = new();

    /// <summary>The declared protocol of the port, or of a request what it came in.</summary>
    public string? Protocol { get; set; }

    public RefusalCode Refusal { get; set; }

    /// <summary>What exactly was wrong, for the operator; null when nothing was.</summary>
    public string? Detail { get; set; }

    /// <summary>The policy that decided, as <c>namespace/name[rule]</c>; null when none did.</summary>
    public string? Policy { get; set; }

    /// <summary>Bytes received from the client; of a request, of its body.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Bytes sent to the client; of a request, of its response's body.</summary>
    public long BytesSent { get; set; }

    public TimeSpan Duration { get; set; }

    /// <summary>From accept to an established upstream; null when there was none.</summary>
    public TimeSpan? ConnectDuration { get; set; }

    /// <summary>How many endpoints were dialled.</summary>
    public int Tries { get; set; }

    internal void Reset()
    {
        _source = default;
        _destination = default;
        _tls = default;
        Time = default;
        ConnectionId = 0;
        Direction = default;
        Protocol = null;
        Refusal = RefusalCode.None;
        Detail = null;
        Policy = null;
        BytesReceived = 0;
        BytesSent = 0;
        Duration = default;
        ConnectDuration = null;
        Tries = 0;
        Request.Reset();
    }
}
