using Microsoft.Extensions.Logging;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Identities;

/// <summary>
/// Logs once when a certificate comes near its end, once when it is past it. One per daemon; looks every minute, on the thread pool.
/// </summary>
internal sealed partial class ExpiryWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Func<SvidSet> _svids;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _checking = new();
    private readonly Dictionary<(SpiffeId Id, string SerialNumber), CertificateState> _said = [];
    private readonly ITimer _timer;

    public ExpiryWatch(Func<SvidSet> svids, TimeProvider time, ILogger<ExpiryWatch> log)
    {
        _svids = svids;
        _time = time;
        _log = log;
        _timer = time.CreateTimer(_ => Check(), null, Interval, Interval);
    }

    /// <summary>Looks now, as after new certificates.</summary>
    public void Check()
    {
        lock (_checking)
        {
            var now = _time.GetUtcNow();
            var current = _svids().Svids;
            foreach (var svid in current)
            {
                var state = CertificateStates.At(svid, now);
                var key = (svid.Id, svid.SerialNumber);
                if (!_said.TryGetValue(key, out var said) || said != state)
                {
                    _said[key] = state;
                    Say(svid, state);
                }
            }

            foreach (var gone in _said.Keys.Except(current.Select(svid => (svid.Id, svid.SerialNumber))).ToArray())
            {
                _said.Remove(gone);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Say(X509Svid svid, CertificateState state)
    {
        switch (state)
        {
            case CertificateState.Expiring:
                LogExpiring(_log, svid.Id.ToString(), svid.NotAfter);
                break;
            case CertificateState.Expired:
                LogExpired(_log, svid.Id.ToString(), svid.NotAfter);
                break;
            case CertificateState.NotYetValid:
                LogNotYetValid(_log, svid.Id.ToString(), svid.NotBefore);
                break;
            default:
                break;
        }
    }
}
