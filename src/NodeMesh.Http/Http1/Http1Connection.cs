using System.Buffers;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>
/// One HTTP/1.1 connection (RFC 9112) as bytes in, bytes out, speaking the form of HTTP/2 with its owner: the owner feeds what it read to
/// <see cref="Receive(in ReadOnlySequence{byte})"/>, flushes what stands in the output, and hears of messages through its
/// <see cref="IHttp1ConnectionHandler"/>. One exchange at a time: bytes of the next request stay unread until the present one is over.
/// Lives as long as the transport connection, or longer with <see cref="Reset"/>; used by one thread at a time (its event loop), takes no
/// lock, and allocates nothing once it is warm.
/// </summary>
public sealed partial class Http1Connection
{
    private readonly Http1Role _role;
    private readonly Http1Options _options;
    private readonly IHttp1ConnectionHandler _handler;
    private readonly IBufferWriter<byte> _output;
    private readonly HeaderList _received = new();
    private readonly HeaderList _upgrade = new(); // the protocol that the request asks to upgrade to

    private ReceiveState _receive = ReceiveState.StartLine;
    private SendState _send = SendState.Nothing;
    private int _exchange; // tells a callback's caller that the exchange it knew is over
    private bool _close; // the connection ends with this exchange
    private bool _closeAsked; // client: it ends with the next one
    private bool _peerEnded;
    private bool _surplus; // client: bytes came behind the response

    // The request of the present exchange.
    private bool _isHead;
    private bool _isConnect;
    private bool _isUpgrade;
    private bool _peerIsHttp10;
    private int _webSocketKeyLength;
    private WebSocketKey _webSocketKey;

    public Http1Connection(Http1Role role, Http1Options options, IHttp1ConnectionHandler handler, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(output);
        options.Validate();
        _role = role;
        _options = options;
        _handler = handler;
        _output = output;
        BeginHead();
    }

    public Http1Role Role => _role;

    /// <summary>Whatever the owner ties to the connection.</summary>
    public object? State { get; set; }

    /// <summary>The last Receive stopped before bytes that it could read: the handler, or the order of exchanges, lets nothing more in.</summary>
    public bool IsStopped => _stopped;

    /// <summary>Between exchanges: nothing of a message was received, and none is being written.</summary>
    public bool IsIdle => IsOver || (_receive == ReceiveState.StartLine && !IsReceivingHead && _send == SendState.Nothing);

    /// <summary>Between exchanges, and another is allowed: both sides keep the connection, everything was read and written, and the framing is intact.</summary>
    public bool CanReuse => !_close && !_peerEnded && !_surplus && IsIdle;

    /// <summary>
    /// When the output is flushed, the transport is to be closed (by a server its sending side first, so that a client that still sends
    /// can read the response): the last exchange is over, or the peer broke a rule and was answered. A tunnel is over when both ends are.
    /// </summary>
    public bool MustClose => _receive switch
    {
        ReceiveState.Failed => _role == Http1Role.Client || _send == SendState.Done,
        _ when IsIdle => !CanReuse,
        _ => _role == Http1Role.Server && _send == SendState.Done && _close && !IsTunnel,
    };

    /// <summary>A first byte of a head was received and its last was not: the owner sets a deadline for it.</summary>
    public bool IsReceivingHead => _receive == ReceiveState.Fields || (_receive == ReceiveState.StartLine && (_scanned > 0 || _emptyLines > 0));

    /// <summary>A message is under way and was not received whole.</summary>
    public bool IsReceiving => _receive is not (ReceiveState.Done or ReceiveState.Failed) && (IsReceivingHead || _receive != ReceiveState.StartLine);

    /// <summary>Server: a request was reported, and its response was not written whole. Client: a request was begun, and its response was not received whole.</summary>
    public bool HasRequestInProgress =>
        _role == Http1Role.Server
            ? _send is not (SendState.Nothing or SendState.Done)
            : _send != SendState.Nothing && _receive is not (ReceiveState.Done or ReceiveState.Failed);

    /// <summary>Client: a byte of the response was received; before that, a request may be safe to repeat elsewhere.</summary>
    public bool HasResponseBegun { get; private set; }

    /// <summary>
    /// The client waits for 100 (Continue) before it sends the body: as server, until an interim 100 or the body's first byte; as client,
    /// until 100 or the final response arrives.
    /// </summary>
    public bool WantsContinue { get; private set; }

    /// <summary>Client: an upgrade or CONNECT is not answered yet, so no data can be written.</summary>
    public bool AwaitsTunnel => _send == SendState.AwaitsTunnel;

    /// <summary>After 101, or 2xx to CONNECT: OnData and WriteData carry raw bytes. Each end is over by itself.</summary>
    public bool IsTunnel { get; private set; }

    /// <summary>Nothing more can be written in this exchange. In a tunnel the owner then shuts down its sending side.</summary>
    public bool IsSendOver => _send == SendState.Done;

    /// <summary>Why the last write was refused; null when none was since the last reset. A constant.</summary>
    public string? Refusal { get; private set; }

    private bool IsOver => _receive == ReceiveState.Done && _send == SendState.Done;

    /// <summary>The connection closes after the present exchange (a client's: the next, when it is idle); a head that is not written yet says so.</summary>
    public void CloseAfterExchange()
    {
        if (_role == Http1Role.Client && IsIdle)
        {
            _closeAsked = true;
        }
        else
        {
            _close = true;
        }
    }

    /// <summary>Server: the upgrade that was asked for is declined, so that a 2xx response to it is an ordinary one.</summary>
    public void DeclineUpgrade()
    {
        if (_isUpgrade && _receive == ReceiveState.AwaitsTunnel)
        {
            _isUpgrade = false;
            _receive = ReceiveState.Done;
        }
    }

    /// <summary>Makes the engine that of another connection, and gives its buffers back to their pool.</summary>
    public void Reset()
    {
        BeginExchange();
        _send = SendState.Nothing;
        _close = false;
        _closeAsked = false;
        _peerEnded = false;
        _surplus = false;
        Refusal = null;
        State = null;
        _received.Release();
        _upgrade.Release();
    }

    private void BeginExchange()
    {
        _exchange++;
        _receive = ReceiveState.StartLine;
        _send = _role == Http1Role.Server ? SendState.Nothing : _send;
        _isHead = false;
        _isConnect = false;
        _isUpgrade = false;
        _peerIsHttp10 = false;
        _webSocketKeyLength = 0;
        _emptyLines = 0;
        _interimResponses = 0;
        HasResponseBegun = false;
        WantsContinue = false;
        IsTunnel = false;
        BeginHead();
    }

    private void Fail(Http1ErrorKind kind, int status, string reason, Http1Smuggling smuggling = Http1Smuggling.None)
    {
        _receive = ReceiveState.Failed;
        _close = true;
        _received.Clear();
        if (_role == Http1Role.Server && _send == SendState.Nothing)
        {
            _send = SendState.Head; // a request that could not be read can be answered still
        }
        _handler.OnError(new Http1Error(kind, _role == Http1Role.Server ? status : 502, reason, smuggling));
    }

    [System.Runtime.CompilerServices.InlineArray(WebSocketHandshake.KeyLength)]
    private struct WebSocketKey
    {
        private byte _first;
    }
}
