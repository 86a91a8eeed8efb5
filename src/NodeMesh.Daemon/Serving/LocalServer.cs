using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Serving;

/// <summary>
/// A Kestrel of its own for one purpose, so that what is served on one address can never be reached on another. No host, no routing, no
/// configuration from the environment; runs on the thread pool, from <see cref="StartAsync"/> to disposal.
/// </summary>
internal sealed class LocalServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private const int MaxConnections = 256;
    private const int MaxBodyBytes = 64 * 1024;

    private readonly KestrelServer _server;
    private readonly Func<HttpContext, Task> _handle;

    /// <param name="listen">Says where to listen.</param>
    /// <param name="handle">Answers every request.</param>
    public LocalServer(Action<KestrelServerOptions> listen, Func<HttpContext, Task> handle, ILoggerFactory loggers)
    {
        _handle = handle;
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = MaxBodyBytes;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        listen(options);
        var transport = new SocketTransportFactory(Microsoft.Extensions.Options.Options.Create(new SocketTransportOptions()), loggers);
        _server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(options), transport, loggers);
    }

    /// <summary>The addresses in use, with the real ports.</summary>
    public IReadOnlyList<string> Addresses =>
        [.. _server.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()?.Addresses ?? []];

    /// <exception cref="IOException">An address cannot be bound.</exception>
    public Task StartAsync() => _server.StartAsync(this, CancellationToken.None);

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => _handle(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await _server.StopAsync(patience.Token);
        }
        finally
        {
            _server.Dispose();
        }
    }
}
