using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// One CONNECT stream of a mesh link as a duplex pipe, so that a relay carries it like a socket. Made with the stream, on the link's loop,
/// and gone with it. On a client, <see cref="WaitForResponseAsync"/> comes first.
/// </summary>
internal sealed class MeshStream : Http2StreamHandler, ILoopDuplex, IDisposable
{
    private readonly ResponseWait _response;
    private readonly MeshStreamReader _input;
    private readonly MeshStreamWriter _output;
    private bool _disposed;

    public MeshStream(MeshLink link)
    {
        Link = link;
        _input = new MeshStreamReader(this);
        _output = new MeshStreamWriter(this);
        _response = new ResponseWait(this);
    }

    public MeshLink Link { get; }

    /// <summary>The engine's stream; null until it is opened, and again once it was given back.</summary>
    public Http2Stream? Http2 { get; set; }

    public EventLoop Loop => Link.Loop;

    public LoopPipeReader Input => _input;

    public LoopPipeWriter Output => _output;

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    public bool IsClosed => IsBroken || _disposed || Http2 is { IsClosed: true };

    /// <summary>True when the stream ended early, by either side.</summary>
    public bool IsBroken { get; private set; }

    public bool WasCut => IsBroken;

    /// <summary>Runs once when the stream ends early.</summary>
    public Action? HungUp { get; set; }

    /// <summary>The peer's answer to CONNECT, or what kept it from answering within <paramref name="timeout"/>.</summary>
    /// <param name="cancellation">Cancelled on the loop: the stream is reset.</param>
    public ValueTask<MeshResponse> WaitForResponseAsync(TimeSpan timeout, CancellationToken cancellation) => _response.WaitAsync(timeout, cancellation);

    public override void OnResponse(HeaderList headers, bool endStream)
    {
        var status = headers.TryGet(KnownHeader.Status, out var digits) && Utf8Parser.TryParse(digits, out int value, out _) ? value : 0;
        var refusal = status != 200 && headers.TryGet(KnownHeader.NodemeshRefused, out var code) ? Encoding.Latin1.GetString(code) : null;
        _response.Complete(new MeshResponse(status, refusal));
        if (endStream)
        {
            OnData(default, endStream: true);
        }
    }

    public override void OnData(ReadOnlySpan<byte> data, bool endStream) => _input.OnData(data, endStream);

    /// <summary>A tunnel has no use for them; they end it.</summary>
    public override void OnTrailers(HeaderList trailers) => OnData(default, endStream: true);

    public override void OnWritable() => _output.OnRoom();

    /// <summary>Has <see cref="OnWritable"/> called once the link takes more.</summary>
    public void WaitForRoom() => WaitForRoom(Link);

    /// <summary>The peer or the link ended the stream early.</summary>
    public override void OnReset(Http2ErrorCode code) => Break(
        new ConnectionResetException(Link.IsClosed ? $"the mesh link is gone: {Link.CloseReason}" : $"the mesh stream was reset: {code}"),
        code == Http2ErrorCode.RefusedStream ? MeshResponse.Unprocessed : MeshResponse.Broken);

    /// <summary>Ends the stream early from our side: the peer sees a reset, never a whole stream.</summary>
    public void Abort(Exception reason, Http2ErrorCode code = Http2ErrorCode.Cancel)
    {
        if (!IsBroken)
        {
            Http2?.Reset(code);
            Link.Flush();
            Link.SettleLater();
            Break(reason, MeshResponse.Broken);
        }
    }

    public void Abort() => Abort(new ConnectionAbortedException("the tunnel was cut"));

    /// <summary>Lets go of all it holds, the engine's stream too. When it has not ended in order by then, the peer sees a reset.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _input.Complete();
        if (Http2 is { IsClosed: false })
        {
            Abort(new OperationCanceledException("the stream is no longer wanted"));
        }

        // Another tunnel may have it next, so nothing here may reach it any more.
        _disposed = true;
        Http2?.Release();
        Http2 = null;
    }

    private void Break(Exception reason, MeshResponse response)
    {
        if (IsBroken)
        {
            return;
        }

        IsBroken = true;
        _response.Complete(response);
        _input.OnBroken(reason);
        _output.OnBroken(reason);
        HungUp?.Invoke();
    }

    private sealed class ResponseWait : LoopAwaitable<MeshResponse>
    {
        private readonly MeshStream _stream;
        private readonly ResponseDeadline _deadline;
        private CancellationTokenRegistration _cancellation;
        private MeshResponse _response;
        private bool _answered;

        public ResponseWait(MeshStream stream)
        {
            _stream = stream;
            _deadline = new ResponseDeadline(this);
        }

        public ValueTask<MeshResponse> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
        {
            var wait = Wait();
            if (_answered)
            {
                Wake();
                return wait;
            }

            _stream.Link.Loop.Arm(_deadline, timeout);
            _cancellation = cancellation.UnsafeRegister(static state => ((ResponseWait)state!).Cancel(), this);
            return wait;
        }

        public void Complete(in MeshResponse response)
        {
            if (!_answered)
            {
                _answered = true;
                _response = response;
                _stream.Link.Loop.Disarm(_deadline);
                _cancellation.Dispose();
                Wake();
            }
        }

        public void Expire()
        {
            Complete(MeshResponse.TimedOut);
            _stream.Abort(new TimeoutException("the mesh peer did not answer CONNECT in time"));
        }

        private void Cancel() => _stream.Abort(new OperationCanceledException("the client left before its tunnel was open"));

        protected override MeshResponse TakeResult() => _response;
    }

    private sealed class ResponseDeadline(ResponseWait wait) : LoopTimer
    {
        protected override void OnExpired() => wait.Expire();
    }
}
