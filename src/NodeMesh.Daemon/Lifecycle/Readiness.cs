using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Interception;
using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Judges whether this node can carry mesh traffic, and says why not. One per daemon; safe on any thread.</summary>
internal sealed class Readiness
{
    /// <summary>Workloads named one by one; a node may have hundreds, and its certificates may all be late.</summary>
    private const int MaxNamed = 10;

    private readonly DaemonOptions _options;
    private readonly ConfigurationLoader _configuration;
    private readonly IdentityLoader _identities;
    private readonly InboundPortUpdater? _ports;
    private readonly ControlPlaneAgent? _controller;
    private readonly TimeProvider _time;
    private volatile int _phase;

    /// <param name="ports">Null when somebody else keeps the captured ports: then the daemon cannot tell.</param>
    /// <param name="controller">Null for a node that works from files.</param>
    public Readiness(
        DaemonOptions options,
        ConfigurationLoader configuration,
        IdentityLoader identities,
        InboundPortUpdater? ports,
        ControlPlaneAgent? controller,
        TimeProvider time)
    {
        _options = options;
        _configuration = configuration;
        _identities = identities;
        _ports = ports;
        _controller = controller;
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

    /// <summary>
    /// What is not as it should be, and no reason not to send traffic here: the controller is away, and what it gave last is in force. Null when there is
    /// nothing to say.
    /// </summary>
    public string? Remark => _controller is { State: { Trouble: { } trouble } state, ConfirmedAt: { } confirmed }
        ? $"no connection to the controller since {state.Since:u}; in force is its configuration of {confirmed:u}: {trouble}"
        : null;

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
            reasons.Add((state.Rejected, _controller?.State) switch
            {
                ({ Errors: [var first, ..] }, _) => $"no configuration is loaded: {first}",
                (_, { Trouble: { } trouble }) => $"no configuration has come from a controller yet: {trouble}",
                (_, { Address: var address }) => $"no configuration has come yet: the controller at {address} has none",
                _ => "no configuration is loaded yet",
            });
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

        AddCertificates(reasons, snapshot, identities);
        AddPorts(reasons, snapshot);
    }

    private void AddCertificates(List<string> reasons, MeshSnapshot snapshot, IdentityState identities)
    {
        var now = _time.GetUtcNow();
        var lacking = 0;
        foreach (var workload in snapshot.Workloads)
        {
            identities.Svids.TryGet(workload.Identity, out var svid);
            var problem = CertificateStates.At(svid, now) switch
            {
                CertificateState.Missing => $"there is none in {_options.Identities}",
                CertificateState.Expired => $"it expired at {svid!.NotAfter:u}",
                CertificateState.NotYetValid => $"it is not valid before {svid!.NotBefore:u}; is the clock right?",
                _ => null,
            };
            if (problem is not null && ++lacking <= MaxNamed)
            {
                reasons.Add($"the workload {workload.Resource.Namespace}/{workload.Resource.Name} has no valid certificate of {workload.Identity}: {problem}");
            }
        }

        if (lacking > MaxNamed)
        {
            reasons.Add($"and {Counted.Text(lacking - MaxNamed, "more workload has", "more workloads have")} no valid certificate");
        }
    }

    private void AddPorts(List<string> reasons, MeshSnapshot snapshot)
    {
        if (_ports is { IsCurrent: false, State.Error: var error })
        {
            var ports = snapshot.InboundPorts.Count == 0 ? "" : $" ({string.Join(", ", snapshot.InboundPorts)})";
            reasons.Add($"the inbound ports{ports} are not captured as declared{(error is null ? " yet" : $": {error}")}");
        }
    }
}
