using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Proxy.Health;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// Keeps resources and trust bundles the same as the controller's by delta xDS: what is right is put in force, kept on disk and acknowledged; what is wrong
/// changes nothing and is refused with the reason. One per daemon, on the thread pool; one stream at a time.
/// </summary>
internal sealed partial class ConfigurationStream
{
    private const int MaxErrorsTold = 5;

    /// <summary>Between two writings of the configuration, which may be many megabytes.</summary>
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(1);

    private readonly string _node;
    private readonly string _bundles;
    private readonly ControllerSource _source;
    private readonly ConfigurationLoader _configuration;
    private readonly Func<Task> _loadIdentities;
    private readonly SavedConfiguration _saved;
    private readonly ReportedHealth _reports;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DeltaState _resources = new(TypeUrls.Resource);
    private readonly DeltaState _trust = new(TypeUrls.TrustBundle);
    private long _confirmed;
    private volatile bool _isRefused;
    private volatile bool _isKept;
    private DeltaDiscoveryResponse? _toKeep;
    private Task _keeping = Task.CompletedTask;
    private bool _saysByName;

    /// <param name="bundles">Where trust bundles are written.</param>
    /// <param name="loadIdentities">Reads them.</param>
    public ConfigurationStream(
        string node,
        string bundles,
        ControllerSource source,
        ConfigurationLoader configuration,
        Func<Task> loadIdentities,
        SavedConfiguration saved,
        ReportedHealth reports,
        TimeProvider time,
        ILogger<ConfigurationStream> log)
    {
        _node = node;
        _bundles = bundles;
        _source = source;
        _configuration = configuration;
        _loadIdentities = loadIdentities;
        _saved = saved;
        _reports = reports;
        _time = time;
        _log = log;
        if (saved.TryLoad(out var problem) is { } configured)
        {
            _resources.Receive(configured);
            source.Fill(_resources);
            _confirmed = saved.ConfirmedAt.UtcTicks;
            _isKept = true;
        }
        else if (problem is not null)
        {
            LogDamaged(problem);
        }
    }

    /// <summary>Called when another configuration is in force.</summary>
    public Action? Applied { get; set; }

    /// <summary>
    /// When what this node has was known to be the controller's newest for the last time, also before this start; null before the first configuration.
    /// </summary>
    public DateTimeOffset? ConfirmedAt => Volatile.Read(ref _confirmed) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>The revision that the controller told last; empty before the first.</summary>
    public string Version => _resources.Version;

    /// <summary>Whether the newest is not in force here, because something is wrong with it.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>The stream is in order: what there is is the newest still. From the agent alone.</summary>
    public void Confirm()
    {
        if (ConfirmedAt is null || _isRefused)
        {
            return;
        }

        Volatile.Write(ref _confirmed, _time.GetUtcNow().UtcTicks);
        try
        {
            if (_isKept)
            {
                _saved.Confirm(_time.GetUtcNow());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(e.Message);
        }
    }

    /// <summary>Nobody tells any more which endpoints of other nodes serve: all of them may.</summary>
    public void ForgetReports() => _reports.Report([]);

    /// <summary>Runs until the stream ends.</summary>
    /// <param name="connected">Called when the controller answers.</param>
    /// <exception cref="RpcException">It failed.</exception>
    public async Task RunAsync(ControllerLink controller, Action connected, CancellationToken cancellation)
    {
        try
        {
            await ServeAsync(new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(controller.Grpc), connected, cancellation);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.OutOfRange)
        {
            _saysByName = true;
            throw;
        }
        finally
        {
            await _keeping;
        }
    }

    private async Task ServeAsync(AggregatedDiscoveryService.AggregatedDiscoveryServiceClient client, Action connected, CancellationToken cancellation)
    {
        using var call = client.DeltaAggregatedResources(cancellationToken: cancellation);
        try
        {
            await ServeAsync(call, connected, cancellation);
        }
        catch (InvalidOperationException)
        {
            // The controller ended the stream while something was said to it: this is what it ended it with.
            throw new RpcException(call.GetStatus());
        }
    }

    private async Task ServeAsync(
        AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call, Action connected, CancellationToken cancellation)
    {
        // Who serves is asked anew: it is little, and a controller remembers none of it.
        var health = new DeltaState(TypeUrls.NodeHealth);
        var isConnected = false;
        await call.RequestStream.WriteAsync(_trust.Begin(_node, _saysByName), cancellation);
        await call.RequestStream.WriteAsync(_resources.Begin(_node, _saysByName), cancellation);
        await call.RequestStream.WriteAsync(health.Begin(_node, byName: false), cancellation);
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            if (!isConnected)
            {
                isConnected = true;
                connected();
            }

            var response = call.ResponseStream.Current;
            var state = StateOf(response.TypeUrl, health);
            var isWhole = state.Receive(response);
            var refusal = isWhole ? await UseAsync(state) : null;
            await call.RequestStream.WriteAsync(DeltaState.Answer(response, refusal), cancellation);
            if (isWhole && state == _resources)
            {
                _saysByName = false;
                Remember(refusal is not null, cancellation);
            }
        }
    }

    private DeltaState StateOf(string typeUrl, DeltaState health) =>
        string.Equals(typeUrl, TypeUrls.TrustBundle, StringComparison.Ordinal) ? _trust
        : string.Equals(typeUrl, TypeUrls.NodeHealth, StringComparison.Ordinal) ? health
        : _resources;

    private Task<string?> UseAsync(DeltaState state) => state == _trust ? UseTrustAsync() : state == _resources ? UseResourcesAsync() : UseHealthAsync(state);

    private Task<string?> UseHealthAsync(DeltaState state)
    {
        try
        {
            _reports.Report(state.Resources.Select(node => KeyValuePair.Create(node.Key, ReportOf(NodeHealth.Parser.ParseFrom(node.Value.Resource_.Value)))));
            return Task.FromResult<string?>(null);
        }
        catch (InvalidProtocolBufferException exception)
        {
            return Task.FromResult<string?>(exception.Message);
        }
    }

    private static NodeReport ReportOf(NodeHealth health) =>
        new(health.Gone || health.Cordoned, health.Unhealthy.Select(port => (port.Namespace, port.Workload, (ushort)port.Port)).ToHashSet());

    private async Task<string?> UseResourcesAsync()
    {
        if (_resources.Resources.Count == 0)
        {
            // The controller has no mesh yet.
            return null;
        }

        _source.Fill(_resources);
        var load = await _configuration.LoadAsync();
        if (load.Changed)
        {
            Applied?.Invoke();
        }

        return load.State.Rejected is { } rejected ? string.Join("; ", rejected.Errors.Take(MaxErrorsTold)) : null;
    }

    private async Task<string?> UseTrustAsync()
    {
        try
        {
            foreach (var (name, resource) in _trust.Resources)
            {
                var json = Xds.Protocol.TrustBundle.Parser.ParseFrom(resource.Resource_.Value).Jwks.Memory;
                var bundle = Spiffe.Bundles.TrustBundle.Parse(TrustDomain.Parse(name), json);
                AtomicFile.Write(Path.Combine(_bundles, name + TrustBundleDirectory.Extension), bundle.ToJson(), AtomicFile.WorldReadable);
            }
        }
        catch (Exception e) when (e is TrustBundleFormatException or SpiffeIdFormatException or InvalidProtocolBufferException or IOException or UnauthorizedAccessException)
        {
            LogTrustFailed(e.Message);
            return e.Message;
        }

        await _loadIdentities();
        return null;
    }

    private void Remember(bool isRefused, CancellationToken cancellation)
    {
        _isRefused = isRefused;
        if (!isRefused && _resources.Resources.Count > 0)
        {
            Volatile.Write(ref _confirmed, _time.GetUtcNow().UtcTicks);
            _isKept = false;
            Interlocked.Exchange(ref _toKeep, _resources.Save());
            _keeping = KeepAsync(_keeping, cancellation);
        }
    }

    /// <summary>Writes the newest after those before are written, not more often than each second; at the end of the stream at once.</summary>
    private async Task KeepAsync(Task before, CancellationToken cancellation)
    {
        await before;
        await Task.Yield();
        if (Interlocked.Exchange(ref _toKeep, null) is not { } configuration)
        {
            return;
        }

        try
        {
            _saved.Save(configuration);
            _isKept = Volatile.Read(ref _toKeep) is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(e.Message);
        }

        await Task.Delay(KeepInterval, _time, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration that was kept is not used: {Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The controller's trust bundles are not used: {Problem}")]
    private partial void LogTrustFailed(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration is in force, but cannot be kept for a start without the controller: {Problem}")]
    private partial void LogNotKept(string problem);
}
