using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;

namespace NodeMesh.Http.Http2;

/// <summary>
/// One HTTP/2 connection (RFC 9113) as bytes in, bytes out: the owner feeds what it read to <see cref="Receive(ReadOnlySpan{byte})"/>, flushes what
/// stands in the output, and hears of streams through its <see cref="IHttp2ConnectionHandler"/>. Lives as long as the transport
/// connection; used by one thread at a time (its event loop), takes no lock, and allocates nothing once it is warm.
/// </summary>
public sealed partial class Http2Connection
{
    /// <summary>A SETTINGS frame has no honest reason to be larger.</summary>
    internal const int MaxSettingsPayload = 16 * 1024;

    /// <summary>Padding and priority in a HEADERS frame.</summary>
    internal const int HeadersOverhead = 1 + 255 + 5;

    private const int DefaultWindow = 65_535;
    private const int AssumedPeerStreams = 100; // until its SETTINGS say (RFC 9113, 6.5.2 recommends no less)

    // Enough to tell a late frame on a finished stream from an id that was skipped.
    private const int RememberedEnds = 64;

    private const ulong DrainPing = 0x4E4D_4452_4149_4E00;
    private const ulong RoundTripPing = 0x4E4D_5254_5400_0000;

    private readonly Http2Role _role;
    private readonly Http2Options _options;
    private readonly IHttp2ConnectionHandler _handler;
    private readonly IBufferWriter<byte> _output;
    private readonly TimeProvider _time;
    private readonly HpackEncoder _encoder;
    private readonly HpackDecoder _decoder = new();
    private readonly HeaderList _received = new();
    private readonly StreamTable _streams = new();
    private readonly Http2StreamPool _pool;
    private readonly ClosedStreams _resetStreams;
    private readonly ClosedStreams _endedStreams = new(RememberedEnds);

    private bool _started;
    private bool _closed;
    private int _nextStreamId; // client: the next to open
    private int _lastPeerStreamId; // server: the highest the client has opened

    private bool _goAwayReceived;
    private int _goAwayReceivedLastId = int.MaxValue;
    private int _goAwaySentLastId = int.MaxValue;
    private bool _goAwaySent;
    private bool _drainPingSent;

    /// <param name="options">Limits; shared between connections.</param>
    /// <param name="output">Where frames are written; the owner flushes it.</param>
    /// <param name="time">The clock for round trips and flood meters.</param>
    /// <param name="pool">Released streams, shared with other connections of the same loop; without one, the connection keeps its own.</param>
    public Http2Connection(
        Http2Role role,
        Http2Options options,
        IHttp2ConnectionHandler handler,
        IBufferWriter<byte> output,
        TimeProvider time,
        Http2StreamPool? pool = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _role = role;
        _options = options;
        _handler = handler;
        _output = output;
        _time = time;
        _nextStreamId = options.FirstStreamId;
        _pool = pool ?? new Http2StreamPool();
        _encoder = new HpackEncoder(options.EncoderTableSize);
        _resetStreams = new ClosedStreams(options.RememberedStreams);
        _prefaceLeft = role == Http2Role.Server ? ClientPreface.Length : 0;
        _connectionReceiveWindow = options.ConnectionWindow;
        _ackedInitialWindow = Math.Max(DefaultWindow, options.InitialStreamWindow);

        long now = time.GetTimestamp();
        _rapidResets = new FloodMeter(options.RapidResets, now);
        _streamErrors = new FloodMeter(options.StreamErrors, now);
        _refusedStreams = new FloodMeter(options.RefusedStreams, now);
        _lateResets = new FloodMeter(options.LateResets, now);
        _pings = new FloodMeter(options.Pings, now);
        _settings = new FloodMeter(options.Settings, now);
        _priorities = new FloodMeter(options.Priorities, now);
        _windowUpdates = new FloodMeter(options.WindowUpdates, now);
        _unknownFrames = new FloodMeter(options.UnknownFrames, now);
        _goAways = new FloodMeter(options.GoAways, now);
    }

    public Http2Role Role => _role;

    /// <summary>Whatever the owner ties to the connection.</summary>
    public object? State { get; set; }

    /// <summary>Streams that are not closed.</summary>
    public int ActiveStreams => _streams.Count;

    /// <summary>Streams opened over the connection's life, by either end.</summary>
    public long StreamsOpened { get; private set; }

    /// <summary>A GOAWAY was sent or received, the stream ids are used up, or the connection is closed: no new stream can be opened here.</summary>
    public bool IsDraining => _goAwaySent || _goAwayReceived || _closed || IdsExhausted;

    /// <summary>Draining is over: no stream is left and the transport can be closed.</summary>
    public bool IsDrained => _streams.Count == 0 && (_closed || _goAwayReceived || IdsExhausted || (_goAwaySent && _goAwaySentLastId != int.MaxValue));

    /// <summary>Nothing is received or sent any more, after an error or <see cref="Terminate"/>.</summary>
    public bool IsClosed => _closed;

    /// <summary>The abuse that made the engine close the connection, or None.</summary>
    public Http2Flood Flood { get; private set; }

    /// <summary>The peer's first SETTINGS arrived: the connection is established.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>The peer has acknowledged our SETTINGS. The owner puts a deadline on it (SETTINGS_TIMEOUT).</summary>
    public bool SettingsAcknowledged { get; private set; }

    /// <summary>A header block has begun and its last frame has not come. The owner puts a deadline on it, as on a partial frame: a slow peer holds memory.</summary>
    public bool IsHeaderBlockOpen => _blockStreamId != 0;

    /// <summary>How many streams the peer allows at once; 100 until it has said.</summary>
    public int PeerMaxConcurrentStreams { get; private set; } = AssumedPeerStreams;

    /// <summary>Whether the peer takes extended CONNECT (RFC 8441).</summary>
    public bool PeerAllowsExtendedConnect { get; private set; }

    /// <summary>The largest header list the peer says it takes, by <see cref="HeaderList.Size"/>.</summary>
    public long PeerMaxHeaderListSize { get; private set; } = long.MaxValue;

    /// <summary>Bytes that may be sent on all streams together now.</summary>
    public long ConnectionSendWindow { get; private set; } = DefaultWindow;

    /// <summary>The latest round trip that was measured, zero before the first.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>What the receive windows have grown by, over all streams, out of <see cref="Http2Options.WindowGrowthBudget"/>.</summary>
    public int WindowGrowth { get; private set; }

    /// <summary>
    /// Bytes standing in the output that the peer has not taken. The owner sets it after each flush, so that the engine can tell a
    /// peer that asks without reading.
    /// </summary>
    public long OutputPending
    {
        get => _outputPending;
        set
        {
            _outputPending = value;
            _unreadAnswers = Math.Min(_unreadAnswers, value);
        }
    }

    private bool IdsExhausted => _nextStreamId < 0;

    internal static ReadOnlySpan<byte> ClientPreface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Writes what this end speaks first: preface (client), SETTINGS, and the connection window.</summary>
    public void Start()
    {
        if (_started)
        {
            throw new InvalidOperationException("The connection was started before.");
        }
        _started = true;
        if (_role == Http2Role.Client)
        {
            _output.Write(ClientPreface);
        }
        WriteOwnSettings();
        if (_options.ConnectionWindow > DefaultWindow)
        {
            WriteWindowUpdate(0, _options.ConnectionWindow - DefaultWindow);
        }
    }

    /// <summary>Opens a stream with a request (client only). On false, <paramref name="failure"/> says why.</summary>
    public bool TryOpenStream(
        HeaderList headers, bool endStream, object? state, [NotNullWhen(true)] out Http2Stream? stream, out Http2OpenFailure failure)
    {
        ArgumentNullException.ThrowIfNull(headers);
        stream = null;
        if (_role != Http2Role.Client || !_started)
        {
            throw new InvalidOperationException("Only a started client opens streams.");
        }
        failure = _closed ? Http2OpenFailure.Closed
            : IdsExhausted ? Http2OpenFailure.IdsExhausted
            : IsDraining ? Http2OpenFailure.Draining
            : _streams.Count >= PeerMaxConcurrentStreams ? Http2OpenFailure.TooManyStreams
            : headers.Size > PeerMaxHeaderListSize ? Http2OpenFailure.HeaderListTooLarge
            : !PeerAllowsExtendedConnect && headers.Contains(KnownHeader.Protocol) ? Http2OpenFailure.NoExtendedConnect
            : Http2OpenFailure.None;
        if (failure != Http2OpenFailure.None)
        {
            return false;
        }

        int id = _nextStreamId;
        _nextStreamId += 2; // becomes negative behind the last id
        stream = AddStream(id, state);
        if (headers.TryGet(KnownHeader.Method, out ReadOnlySpan<byte> method))
        {
            stream.IsHeadRequest = method.SequenceEqual("HEAD"u8);
            stream.IsConnect = method.SequenceEqual("CONNECT"u8);
        }
        WriteHeaderBlock(id, headers, endStream);
        stream.LocalEnded = endStream;
        return true;
    }

    /// <summary>Whether <see cref="TryOpenStream"/> would find room now.</summary>
    public bool CanOpenStream => !IsDraining && _streams.Count < PeerMaxConcurrentStreams;

    /// <summary>Sends a PING; OnPingAck gives the value back. The two values beginning with 0x4E4D are the engine's own.</summary>
    public void Ping(ulong opaque)
    {
        if (!_closed)
        {
            WritePing(opaque, ack: false);
            _pings.Give(1);
        }
    }

    /// <summary>
    /// Begins an orderly end. A server announces it with GOAWAY(2^31-1) and, one round trip later, GOAWAY with the last stream it takes,
    /// so that no request under way is lost (RFC 9113, 6.8); calling it again skips the wait. A client sends one GOAWAY. Open streams go on.
    /// </summary>
    public void Shutdown(Http2ErrorCode code = Http2ErrorCode.NoError)
    {
        if (_closed || (_goAwaySent && _goAwaySentLastId != int.MaxValue))
        {
            return;
        }
        if (_role == Http2Role.Client || _goAwaySent || code != Http2ErrorCode.NoError)
        {
            SendFinalGoAway(code, default);
            return;
        }
        WriteGoAway(int.MaxValue, code, default);
        _goAwaySent = true;
        _drainPingSent = true;
        WritePing(DrainPing, ack: false);
        _pings.Give(1);
    }

    /// <summary>The transport is gone, or the owner gives up: every open stream is reported reset, nothing is written any more.</summary>
    public void Terminate(Http2ErrorCode code)
    {
        if (!_closed)
        {
            _closed = true;
            DropBlock();
            ResetStreams(0, code);
        }
    }

    private void SendFinalGoAway(Http2ErrorCode code, ReadOnlySpan<byte> debugData)
    {
        _goAwaySent = true;
        _goAwaySentLastId = _lastPeerStreamId;
        WriteGoAway(_lastPeerStreamId, code, debugData);
    }
}
