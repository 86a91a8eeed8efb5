using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Judges whether this node can carry mesh traffic, and says why not. One per daemon; safe on any thread.</summary>
internal sealed class Readiness
{
    private readonly DaemonOptions _options;
    private readonly ConfigurationLoader _configuration;
    private readonly IdentityLoader _identities;
    private readonly TimeProvider _time;
    private volatile int _phase;

    public Readiness(DaemonOptions options, ConfigurationLoader configuration, IdentityLoader identities, TimeProvider time)
    {
        _options = options;
        _configuration = configuration;
        _identities = identities;
        _time = time;
    }

    public DaemonPhase Phase
    {
        get => (DaemonPhase)_phase;
        set => _phase = (int)value;
    }

    /// <summary>A sentence for each reason not to send traffic here; none when the node is ready.</summary>
    public IReadOnlyList<string> Reasons()
    {
        var reasons = new List<string>();
        switch (Phase)
        {
            case DaemonPhase.Starting:
                reasons.Add("the listeners are not bound yet");
                break;
            case DaemonPhase.Draining:
                reasons.Add("the daemon is draining: it ends, and takes nothing new");
                break;
            default:
                break;
        }

        AddConfiguration(reasons);
        return reasons;
    }

    /// <summary>The word of the admin API.</summary>
    public string State(IReadOnlyList<string> reasons) => Phase switch
    {
        DaemonPhase.Starting => "starting",
        DaemonPhase.Draining => "draining",
        _ => reasons.Count == 0 ? "ready" : "not-ready",
    };

    private void AddConfiguration(List<string> reasons)
    {
        var state = _configuration.State;
        if (state.Snapshot is not { } snapshot)
        {
            reasons.Add(state.Rejected is { Errors: [var first, ..] }
                ? $"no configuration is loaded: {first}"
                : "no configuration is loaded yet");
            return;
        }

        if (snapshot.Node is null)
        {
            reasons.Add($"this node is {snapshot.NodeName}, but the configuration has no Node of that name: add one, or start with --node");
        }

        var identities = _identities.State;
        if (!identities.Bundles.TryGet(snapshot.TrustDomain, out _))
        {
            reasons.Add($"there is no trust bundle of {snapshot.TrustDomain}: {_options.Bundles}/{snapshot.TrustDomain}.json is expected");
        }

        var now = _time.GetUtcNow();
        if (snapshot.Workloads.Count > 0 && snapshot.Workloads.All(workload => !IsUsable(identities, workload.Identity, now)))
        {
            reasons.Add($"none of this node's {snapshot.Workloads.Count} workloads has a valid certificate in {_options.Identities}");
        }
    }

    private static bool IsUsable(IdentityState identities, Spiffe.SpiffeId identity, DateTimeOffset now) =>
        identities.Svids.TryGet(identity, out var svid) && CertificateStates.At(svid, now) is CertificateState.Valid or CertificateState.Expiring;
}
