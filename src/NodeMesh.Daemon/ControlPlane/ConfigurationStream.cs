using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Configuration;
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

    private readonly string _node;
    private readonly string _bundles;
    private readonly ControllerSource _source;
    private readonly ConfigurationLoader _configuration;
    private readonly Func<Task> _loadIdentities;
    private readonly SavedConfiguration _saved;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DeltaState _resources = new(TypeUrls.Resource);
    private readonly DeltaState _trust = new(TypeUrls.TrustBundle);
    private long _confirmed;
    private volatile bool _isRefused;
    private bool _isKept;

    /// <param name="bundles">Where trust bundles are written.</param>
    /// <param name="loadIdentities">Reads them.</param>
    public ConfigurationStream(
        string node,
        string bundles,
        ControllerSource source,
        ConfigurationLoader configuration,
        Func<Task> loadIdentities,
        SavedConfiguration saved,
        TimeProvider time,
        ILogger<ConfigurationStream> log)
    {
        _node = node;
        _bundles = bundles;
        _source = source;
        _configuration = configuration;
        _loadIdentities = loadIdentities;
        _saved = saved;
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

    /// <summary>Runs until the stream ends.</summary>
    /// <param name="connected">Called when the controller answers.</param>
    /// <exception cref="RpcException">It failed.</exception>
    public async Task RunAsync(ControllerLink controller, Action connected, CancellationToken cancellation)
    {
        var isConnected = false;
        var client = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(controller.Grpc);
        using var call = client.DeltaAggregatedResources(cancellationToken: cancellation);
        await call.RequestStream.WriteAsync(_trust.Begin(_node), cancellation);
        await call.RequestStream.WriteAsync(_resources.Begin(_node), cancellation);
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            if (!isConnected)
            {
                isConnected = true;
                connected();
            }

            var response = call.ResponseStream.Current;
            var isTrust = string.Equals(response.TypeUrl, TypeUrls.TrustBundle, StringComparison.Ordinal);
            var isWhole = (isTrust ? _trust : _resources).Receive(response);
            var refusal = !isWhole ? null : isTrust ? await UseTrustAsync() : await UseResourcesAsync();
            await call.RequestStream.WriteAsync(DeltaState.Answer(response, refusal), cancellation);
            if (isWhole && !isTrust)
            {
                Remember(refusal is not null);
            }
        }
    }

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

    private void Remember(bool isRefused)
    {
        _isRefused = isRefused;
        if (isRefused || _resources.Resources.Count == 0)
        {
            return;
        }

        Volatile.Write(ref _confirmed, _time.GetUtcNow().UtcTicks);
        _isKept = false;
        try
        {
            _saved.Save(_resources.Save());
            _isKept = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration that was kept is not used: {Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The controller's trust bundles are not used: {Problem}")]
    private partial void LogTrustFailed(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration is in force, but cannot be kept for a start without the controller: {Problem}")]
    private partial void LogNotKept(string problem);
}
