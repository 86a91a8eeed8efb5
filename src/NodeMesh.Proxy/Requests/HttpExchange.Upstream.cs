using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;

namespace NodeMesh.Proxy.Requests;

/// <summary>The tries: an endpoint, a way to it, the request on that way, and whether another may follow.</summary>
internal sealed partial class HttpExchange
{
    private CancellationTokenSource? _abandoned;
    private long _triedAt;
    private long _openDeadline = long.MaxValue;

    /// <summary>Cancelled, on the loop, when the exchange ends while a way to its endpoint is being made, or that takes too long.</summary>
    public CancellationToken Abandoned => (_abandoned ??= new CancellationTokenSource()).Token;

    private void BeginTry()
    {
        Tries++;
        _triedAt = _worker.Shared.Time.GetTimestamp();
        _tryDeadline = long.MaxValue;
        Arm(_worker.Loop.NowMilliseconds);
        var opening = Scope.OpenAsync(this);
        if (opening.IsCompletedSuccessfully)
        {
            OnOpened(opening.Result);
        }
        else
        {
            _ = WaitForUpstreamAsync(opening);
        }
    }

    private async Task WaitForUpstreamAsync(ValueTask<UpstreamLeg> opening)
    {
        UpstreamLeg opened;
        _isOpening = true;

        // A node may have several addresses, each with its time.
        var now = _worker.Loop.NowMilliseconds;
        var addresses = 1 + Math.Min(Endpoint?.Alternates.Count ?? 0, MeshLinkPool.MaxAlternates);
        _openDeadline = After(now, Scope.Settings(this).ConnectTimeout * addresses);
        Arm(now);
        try
        {
            opened = await opening;
            if (opened.Refusal == RefusalCode.DownstreamClosed && !_isOver)
            {
                opened = UpstreamLeg.Failed(DialFailure.NotInTime.Refusal, DialFailure.NotInTime.Detail, mayTryAnother: true);
            }
        }
        catch (Exception exception)
        {
            _worker.Shared.LogRequestFailed(exception);
            opened = UpstreamLeg.Failed(RefusalCode.Internal, exception.Message, mayTryAnother: false);
        }

        _isOpening = false;
        _openDeadline = long.MaxValue;
        if (_isOver)
        {
            opened.Leg?.Release(LegEnd.Cancelled);
            ReleaseEndpoint();
            Recycle();
        }
        else
        {
            OnOpened(opened);
        }
    }

    private void OnOpened(in UpstreamLeg opened)
    {
        if (opened.Leg is null)
        {
            OnTryFailed(new LegFailure(opened.Refusal, opened.Detail!, Unprocessed: opened.MayTryAnother), connected: false);
            return;
        }

        // The way has its own timeouts; that of the try is for the request on it.
        _upstream = opened.Leg;
        var now = _worker.Loop.NowMilliseconds;
        _tryDeadline = After(now, Scope.Settings(this).PerTryTimeout);
        Arm(now);
        if (IsGrpc && _deadline != long.MaxValue)
        {
            GrpcTimeout.Set(Request, TimeSpan.FromMilliseconds(Math.Max(1, _deadline - _worker.Loop.NowMilliseconds)));
        }

        _trace = TraceContext.Advance(Request, _worker.Random);
        var fields = Request.Count;
        Scope.AddUpstreamHeaders(this);

        var bodyless = _requestEnded && _resend.IsEmpty && !_hasTrailers;
        _requestSent = bodyless;
        var sent = _upstream.WriteHeaders(Request, bodyless);
        Request.Truncate(fields);
        if (!sent)
        {
            OnUpstreamFailed(_upstream.Unsent);
            return;
        }

        if (!bodyless)
        {
            OnRequestWritable();
        }
    }

    /// <summary>The upstream is gone, broke a rule of its protocol, or did not take the request.</summary>
    public void OnUpstreamFailed(in LegFailure failure)
    {
        if (_isOver)
        {
            return;
        }

        if (Status != 0)
        {
            Refuse(failure.Code, failure.Detail);
            End(LegEnd.Failed, LegEnd.Cancelled);
        }
        else
        {
            OnTryFailed(failure, connected: true);
        }
    }

    private void OnTryFailed(in LegFailure failure, bool connected)
    {
        var endpoint = Endpoint;
        var service = Service;
        ReleaseUpstream(LegEnd.Cancelled);
        if (!connected && endpoint is not null && service is not null && failure.Unprocessed)
        {
            _worker.Shared.Outliers.ConnectFailed(endpoint, service, failure.Code);
        }

        if (!MayRepeat(failure) || !TryCountRetry() || !Scope.TryChooseAnother(this, sameAllowed: connected))
        {
            Reply(failure.Code, failure.Detail);
            return;
        }

        Scope.Counters(this).Retried(_worker.Shard);
        _worker.Exchanges.Forget(_replay.Length);

        // Behind what was sent stands what this try itself had still to send once more.
        _resend.CopyTo(_worker.Loop.Buffers, ref _replay);
        _resend.Clear(_worker.Loop.Buffers);
        (_resend, _replay) = (_replay, _resend);
        BeginTry();
    }

    /// <summary>Gives up the way that is being made, for this exchange.</summary>
    private void AbandonOpening()
    {
        var abandoned = _abandoned;
        _abandoned = null;
        _openDeadline = long.MaxValue;
        abandoned?.Cancel();
        abandoned?.Dispose();
    }

    /// <summary>What is always safe to send once more: nobody acted on it, or acting twice does no harm (RFC 9110, section 9.2.2).</summary>
    private bool MayRepeat(in LegFailure failure) =>
        !_replayLost
        && !Tried.IsFull
        && (failure.Unprocessed || (failure.StaleConnection && RequestLine.IsIdempotent(Request)));

    private void ReleaseUpstream(LegEnd end)
    {
        var leg = _upstream;
        _upstream = null;
        leg?.Release(end);
        if (!_isOpening)
        {
            ReleaseEndpoint();
        }
    }

    private void ReleaseEndpoint()
    {
        Endpoint?.State.Release();
        Endpoint = null;
    }
}
