using NodeMesh.Http.Http2;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Sessions;

/// <summary>The deadlines: whether the peer still lives, reads and lets go.</summary>
internal partial class Http2Session
{
    private readonly long _startedAt;
    private readonly FrameDeadline _frameDeadline;
    private bool _awaitsFrame;
    private bool _probed;
    private long _idleSince;
    private long _taken;
    private long _lastTaken;

    protected override void OnExpired()
    {
        if (_closed)
        {
            // The peer takes no part in an orderly end.
            if (!Carrier.IsClosed)
            {
                Carrier.Abort();
            }

            return;
        }

        var now = Loop.NowMilliseconds;
        if (FindDeath(now) is { } lost)
        {
            _counters.GivenUp(lost);
            Close(lost.Reason);
            Carrier.Abort();
            return;
        }

        if (!Engine.IsDraining && (HasExpired || (Engine.ActiveStreams == 0 && now - _idleSince >= _options.IdleTimeout.TotalMilliseconds)))
        {
            Drain();
        }

        if (!_probed && now - LastReceived >= _options.KeepAliveIdle.TotalMilliseconds)
        {
            _probed = true;
            Engine.Ping(0);
            Flush();
        }

        Loop.Arm(this, _options.KeepAliveIdle);
    }

    private void NoteReceived()
    {
        LastReceived = Loop.NowMilliseconds;
        _probed = false;
    }

    /// <summary>What has begun must come to its end in time: a header block, or a frame other than DATA, which is taken as it comes.</summary>
    private void NoteFrame(bool isWhole)
    {
        if (_closed || isWhole != _awaitsFrame)
        {
            return;
        }

        _awaitsFrame = !isWhole;
        if (_awaitsFrame)
        {
            Loop.Arm(_frameDeadline, _options.HeaderTimeout);
        }
        else
        {
            Loop.Disarm(_frameDeadline);
        }
    }

    private void OnFrameLate()
    {
        _counters.SlowHead();
        Close("a header block that has begun did not end in time", Http2ErrorCode.EnhanceYourCalm);
    }

    /// <summary>Why the connection is to be given up now; null when it lives.</summary>
    private LostPeer? FindDeath(long now)
    {
        var output = Carrier.Output;
        if (output.Pending == 0 || output.Taken != _taken)
        {
            _taken = output.Taken;
            _lastTaken = now;
        }

        var patience = (_options.KeepAliveIdle + _options.KeepAliveTimeout).TotalMilliseconds;
        if (_probed && now - LastReceived >= patience)
        {
            return LostPeer.NoAnswer;
        }

        if (now - _lastTaken >= patience)
        {
            return LostPeer.NoRead;
        }

        if (!Engine.SettingsAcknowledged && now - _startedAt >= _options.HandshakeTimeout.TotalMilliseconds)
        {
            return LostPeer.NoSettings;
        }

        return Engine is { IsDraining: true, ActiveStreams: 0 } && now - _idleSince >= _options.KeepAliveTimeout.TotalMilliseconds
            ? LostPeer.NoClose
            : null;
    }

    private sealed class FrameDeadline(Http2Session session) : LoopTimer
    {
        protected override void OnExpired() => session.OnFrameLate();
    }
}
