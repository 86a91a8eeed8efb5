using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Http.Http2;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// One CONNECT stream of a mesh link as a duplex pipe, so that a relay carries it like a socket. Made with the stream, on the link's loop,
/// and gone with it. On a client, <see cref="WaitForResponseAsync"/> comes first.
/// </summary>
internal sealed class MeshStream : IDuplexPipe
{
    private readonly ResponseWait _response;
    private readonly MeshStreamReader _input;
    private readonly MeshStreamWriter _output;
    private bool _waitsForRoom;

    public MeshStream(MeshLink link)
    {
        Link = link;
        _input = new MeshStreamReader(this);
        _output = new MeshStreamWriter(this);
        _response = new ResponseWait(this);
    }

    public MeshLink Link { get; }

    /// <summary>The engine's stream; null until it is opened.</summary>
    public Http2Stream? Http2 { get; set; }

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    /// <summary>True when the stream ended early, by either side.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The peer's answer to CONNECT, or what kept it from answering within <paramref name="timeout"/>.</summary>
    public ValueTask<MeshResponse> WaitForResponseAsync(TimeSpan timeout)
    {
        var wait = _response.Wait();
        Link.Loop.Arm(_response.Deadline, timeout);
        return wait;
    }

    public void OnResponse(in MeshResponse response) => _response.Complete(response);

    public void OnData(ReadOnlySpan<byte> data, bool endStream) => _input.OnData(data, endStream);

    /// <summary>The peer has given credit.</summary>
    public void OnSendWindow() => _output.OnRoom();

    /// <summary>The link, for which the stream waited, has room.</summary>
    public void OnRoom()
    {
        _waitsForRoom = false;
        _output.OnRoom();
    }

    /// <summary>Has <see cref="OnRoom"/> called once the link takes more.</summary>
    public void WaitForRoom()
    {
        if (!_waitsForRoom)
        {
            _waitsForRoom = true;
            Link.WaitForRoom(this);
        }
    }

    /// <summary>The peer or the link ended the stream early.</summary>
    public void OnReset(Http2ErrorCode code) =>
        Break(new ConnectionResetException($"the mesh stream was reset: {code}"));

    /// <summary>Ends the stream early from our side: the peer sees a reset, never a whole stream.</summary>
    public void Abort(Exception reason, Http2ErrorCode code = Http2ErrorCode.Cancel)
    {
        if (!IsBroken)
        {
            Http2?.Reset(code);
            Link.Flush();
            Link.SettleLater();
            Break(reason);
        }
    }

    private void Break(Exception reason)
    {
        if (IsBroken)
        {
            return;
        }

        IsBroken = true;
        _response.Complete(MeshResponse.Broken);
        _input.OnBroken(reason);
        _output.OnBroken(reason);
    }

    private sealed class ResponseWait : LoopAwaitable<MeshResponse>
    {
        private readonly MeshStream _stream;
        private MeshResponse _response;

        public ResponseWait(MeshStream stream)
        {
            _stream = stream;
            Deadline = new ResponseDeadline(this);
        }

        public ResponseDeadline Deadline { get; }

        public void Complete(in MeshResponse response)
        {
            _stream.Link.Loop.Disarm(Deadline);
            _response = response;
            Wake();
        }

        public void Expire()
        {
            Complete(MeshResponse.TimedOut);
            _stream.Abort(new TimeoutException("the mesh peer did not answer CONNECT in time"));
        }

        protected override MeshResponse TakeResult() => _response;
    }

    private sealed class ResponseDeadline(ResponseWait wait) : LoopTimer
    {
        protected override void OnExpired() => wait.Expire();
    }
}
