using System.Diagnostics;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http2;

/// <summary>
/// One stream of an <see cref="Http2Connection"/>: a request and its response, or a CONNECT tunnel. Used on the connection's thread
/// only. On a closed stream calls do nothing and say so. It belongs to its owner until <see cref="Release"/>, and to another request after.
/// </summary>
public sealed class Http2Stream
{
    private Http2Connection? _connection;

    internal Http2Stream()
    {
    }

    public int Id { get; private set; }

    /// <summary>Whatever the owner ties to the stream.</summary>
    public object? State { get; set; }

    /// <summary>The connection this stream belongs to.</summary>
    /// <exception cref="InvalidOperationException">The stream was released.</exception>
    public Http2Connection Connection => _connection ?? throw Stale();

    /// <summary>Bytes that <see cref="WriteData"/> would accept now: the lesser of the stream's and the connection's credit.</summary>
    public long SendWindow => IsClosed || LocalEnded ? 0 : Math.Max(0, Math.Min(OwnSendWindow, Connection.ConnectionSendWindow));

    /// <summary>We have sent our last byte (half-closed local).</summary>
    public bool LocalEnded { get; internal set; }

    /// <summary>The peer has sent its last byte (half-closed remote).</summary>
    public bool RemoteEnded { get; internal set; }

    /// <summary>Both ends are done, or the stream was reset, or the connection is gone.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>CONNECT, plain or extended, was answered with 2xx: DATA is all that follows.</summary>
    public bool IsTunnel { get; internal set; }

    /// <summary>The peer sent RST_STREAM.</summary>
    public bool ResetByPeer { get; internal set; }

    /// <summary>Bytes received that were not consumed yet: the memory the stream holds.</summary>
    public int Unconsumed => ReceiveWindowSize - ReceiveWindow - ConsumedUnsent;

    /// <summary>The receive window as it has grown by need.</summary>
    public int ReceiveWindowSize { get; internal set; }

    // What the peer may still send; our credit towards it.
    internal int ReceiveWindow { get; set; }

    // Consumed by the reader, not yet given back to the peer.
    internal int ConsumedUnsent { get; set; }

    // 0 before the first time: most streams end before, and cost no look at the clock.
    internal long WindowUpdatedAt { get; set; }

    // May be negative after the peer lowered its initial window (RFC 9113, 6.9.2).
    internal long OwnSendWindow { get; set; }

    // WriteData met the end of the stream's own window.
    internal bool BlockedOnStream { get; set; }

    internal StreamQueue? Queue { get; set; }

    internal Http2Stream? Next { get; set; }

    internal Http2Stream? Previous { get; set; }

    internal Http2Stream? NextOpened { get; set; }

    internal Http2Stream? PreviousOpened { get; set; }

    // A field, because the table takes a reference to it.
    internal Http2Stream? NextInBucket;

    // Client: the final response came. Server: it was sent.
    internal bool Answered { get; set; }

    internal bool IsHeadRequest { get; set; }

    internal bool IsConnect { get; set; }

    internal int InterimResponses { get; set; }

    // The declared content-length, or -1.
    internal long ExpectedBytes { get; set; } = -1;

    internal long ReceivedBytes { get; set; }

    /// <summary>
    /// Sends a header block: the response, an interim response, or trailers. False when the stream is closed and nothing was sent.
    /// </summary>
    /// <exception cref="InvalidOperationException">This end has already ended the stream, or it is a tunnel, which has no trailers.</exception>
    public bool WriteHeaders(HeaderList headers, bool endStream)
    {
        AssertHeld();
        return !IsClosed && Connection.WriteHeaders(this, headers, endStream);
    }

    /// <summary>
    /// Sends as much as the windows allow and gives the number of bytes accepted; the end is taken only with the last byte.
    /// When fewer were accepted, the handler's OnSendWindow tells when to go on. 0 on a closed stream.
    /// </summary>
    /// <exception cref="InvalidOperationException">This end has already ended the stream, or has not sent its headers.</exception>
    public int WriteData(ReadOnlySpan<byte> data, bool endStream)
    {
        AssertHeld();
        return IsClosed ? 0 : Connection.WriteData(this, data, endStream);
    }

    /// <summary>Ends the stream at once in both directions. The handler hears no more of it.</summary>
    public void Reset(Http2ErrorCode code)
    {
        AssertHeld();
        if (!IsClosed)
        {
            Connection.Reset(this, code);
        }
    }

    /// <summary>
    /// The reader is done with so many bytes: they are given back to the peer, in steps of half a window.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than was received.</exception>
    public void Consume(int bytes)
    {
        AssertHeld();
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Unconsumed);
        ConsumedUnsent += bytes;
        if (!RemoteEnded && !IsClosed)
        {
            Connection.ReturnCredit(this);
        }
    }

    /// <summary>
    /// The owner is done with the stream and will not touch it again; the handler hears no more of it. One that is not closed is reset:
    /// with NO_ERROR when a server has answered completely and wants no more of the request (RFC 9113, 8.1), else with CANCEL.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stream was released before.</exception>
    public void Release() => Connection.Release(this);

    internal bool IsOpenOn(Http2Connection connection) => !IsClosed && ReferenceEquals(_connection, connection);

    internal void Open(Http2Connection connection, int id, object? state)
    {
        _connection = connection;
        Id = id;
        State = state;
        IsClosed = false;
    }

    // Back to what a new one is, but closed, whatever a stale caller asks.
    internal void Forget()
    {
        _connection = null;
        State = null;
        IsClosed = true;
        LocalEnded = false;
        RemoteEnded = false;
        ResetByPeer = false;
        ReceiveWindowSize = 0;
        ReceiveWindow = 0;
        ConsumedUnsent = 0;
        WindowUpdatedAt = 0;
        OwnSendWindow = 0;
        Answered = false;
        IsHeadRequest = false;
        IsConnect = false;
        IsTunnel = false;
        InterimResponses = 0;
        ExpectedBytes = -1;
        ReceivedBytes = 0;
    }

    [Conditional("DEBUG")]
    private void AssertHeld()
    {
        if (_connection is null)
        {
            throw Stale();
        }
    }

    private InvalidOperationException Stale() => new($"Stream {Id} was released before.");
}
