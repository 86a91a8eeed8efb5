using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Proxy.Requests;

/// <summary>Carries headers, bodies and trailers from one side to the other, no faster than that takes them.</summary>
internal sealed partial class HttpExchange
{
    /// <summary>How much of a request's body is kept for sending it once more.</summary>
    private const int MaxReplay = 64 * 1024;

    private readonly HeaderList _trailers = new();
    private BufferChain _replay;
    private BufferChain _resend;
    private bool _hasTrailers;
    private bool _replayLost;
    private bool _requestSent;

    /// <summary>What a client sends into a tunnel waits until the upstream has opened it.</summary>
    private bool AwaitsTunnel => AsksTunnel && !_isTunnel;

    /// <summary>A piece of the request's body; returns how much was taken. The rest is offered again when the leg is resumed.</summary>
    public int OnRequestData(ReadOnlySpan<byte> data, bool endStream)
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        if (_upstream is null || !_resend.IsEmpty || AwaitsTunnel)
        {
            // An empty end has nothing to be offered again.
            _requestEnded |= endStream && data.IsEmpty;
            return 0;
        }

        var taken = _upstream.WriteData(data, endStream);
        RequestBytes += taken;
        Keep(data[..taken]);
        if (endStream && taken == data.Length)
        {
            _requestEnded = true;
            OnRequestSent();
        }

        return taken;
    }

    public void OnRequestTrailers(HeaderList trailers)
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        _trailers.Swap(trailers);
        _hasTrailers = true;
        _requestEnded = true;
        if (_upstream is not null && _resend.IsEmpty)
        {
            _upstream.WriteTrailers(_trailers);
            OnRequestSent();
        }
    }

    /// <summary>The upstream takes more of the request.</summary>
    public void OnRequestWritable()
    {
        if (_upstream is not { } upstream || _requestSent || AwaitsTunnel)
        {
            return;
        }

        while (!_resend.IsEmpty)
        {
            var piece = _resend.First;
            var length = piece.Length;
            var ends = _requestEnded && !_hasTrailers && length == _resend.Length;
            var taken = upstream.WriteData(piece, ends);
            Keep(piece[..taken]);
            _resend.Take(_worker.Loop.Buffers, taken);
            if (taken < length)
            {
                return;
            }

            if (ends)
            {
                OnRequestSent();
                return;
            }
        }

        if (_hasTrailers)
        {
            upstream.WriteTrailers(_trailers);
            OnRequestSent();
        }
        else if (_requestEnded)
        {
            upstream.WriteData(default, endStream: true);
            OnRequestSent();
        }
        else
        {
            _downstream?.Resume();
        }
    }

    public void OnInformational(HeaderList headers)
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        Scope.PrepareResponse(this, headers);
        _downstream?.WriteHeaders(headers, endStream: false);
    }

    public void OnResponse(HeaderList headers, bool endStream)
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        if (Scope.FindRefusal(this, headers) is { } refusal)
        {
            OnTryFailed(refusal, connected: false);
            return;
        }

        if (AsksTunnel && IsOnMeshLink)
        {
            DeclinedUpgrade.Unwrap(headers);
        }

        Status = ResponseStatus.Read(headers);
        if (IsGrpc && GrpcCall.TryReadStatus(headers, out var grpcStatus))
        {
            GrpcStatus = grpcStatus;
        }

        _isTunnel = AsksTunnel && _upstream!.IsTunnel;
        if (_isTunnel && !Scope.IsHttp2)
        {
            // What the engines call 200, as HTTP/2 does, stands as this on the client's connection.
            Status = 101;
        }

        ForgetReplay();
        _replayLost = true;
        _upstreamDuration = _worker.Shared.Time.GetElapsedTime(_triedAt);
        Scope.OnResponse(this, _upstreamDuration.Value);
        Scope.PrepareResponse(this, headers);
        if (AsksTunnel && !_isTunnel && Status is >= 200 and < 300 && !_downstream!.TryDeclineTunnel() && !Scope.TryDeclineTunnel(headers))
        {
            RefuseResponse("the upstream declined the tunnel with a success, which the client's HTTP/2 cannot say");
            return;
        }

        if (_downstream!.WriteHeaders(headers, endStream))
        {
            if (endStream)
            {
                OnResponseEnded();
            }
            else if (_isTunnel)
            {
                OnRequestWritable();
            }

            return;
        }

        RefuseResponse("the upstream's response has fields that cannot be passed on");
    }

    public int OnResponseData(ReadOnlySpan<byte> data, bool endStream)
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        var taken = _downstream!.WriteData(data, endStream);
        ResponseBytes += taken;
        if (endStream && taken == data.Length)
        {
            OnResponseEnded();
        }

        return taken;
    }

    public void OnResponseTrailers(HeaderList trailers)
    {
        if (IsGrpc && GrpcCall.TryReadStatus(trailers, out var status))
        {
            GrpcStatus = status;
        }

        _downstream!.WriteTrailers(trailers);
        OnResponseEnded();
    }

    /// <summary>The client takes more of the response.</summary>
    public void OnResponseWritable()
    {
        _lastActivity = _worker.Loop.NowMilliseconds;
        _upstream?.Resume();
    }

    /// <summary>The upstream's answer cannot be said to the client; nothing was sent yet.</summary>
    private void RefuseResponse(string detail)
    {
        Status = 0;
        ReleaseUpstream(LegEnd.Cancelled);
        Reply(RefusalCode.UpstreamProtocolError, detail);
    }

    private void OnRequestSent()
    {
        _requestSent = true;
        if (_isTunnel && _responseEnded)
        {
            Complete();
        }
    }

    private void OnResponseEnded()
    {
        _responseEnded = true;
        if (!_isTunnel || _requestSent)
        {
            Complete();
        }
    }

    /// <summary>Keeps what was sent, for sending it once more, up to a bound.</summary>
    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_replayLost || data.IsEmpty)
        {
            return;
        }

        if (_replay.Length + data.Length > MaxReplay || !_worker.Exchanges.TryKeep(data.Length))
        {
            ForgetReplay();
            _replayLost = true;
        }
        else
        {
            _replay.Append(_worker.Loop.Buffers, data);
        }
    }

    private void ForgetReplay()
    {
        _worker.Exchanges.Forget(_replay.Length);
        _replay.Clear(_worker.Loop.Buffers);
    }
}
