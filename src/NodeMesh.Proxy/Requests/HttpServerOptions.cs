using NodeMesh.Http.Http1;
using NodeMesh.Http.Paths;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Requests;

/// <summary>Limits and deadlines of HTTP, made of the mesh's settings for the loop.</summary>
internal sealed record HttpServerOptions
{
    public required Http1Options Http1 { get; init; }

    public required Http2SessionOptions Http2 { get; init; }

    /// <summary>For HTTP/2 connections that carry requests on to applications.</summary>
    public required Http2PoolOptions Upstream { get; init; }

    public required PathOptions Paths { get; init; }

    /// <summary>From the first byte of a request's head to its last, and from the connection to its first request.</summary>
    public required TimeSpan HeaderTimeout { get; init; }

    /// <summary>A connection between two requests.</summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>A connection between two requests, once the daemon drains: to close it at once would lose a request that is on its way (as nginx's keepalive_min_timeout).</summary>
    public TimeSpan LastRequestTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the first bytes of an undeclared protocol are waited for.</summary>
    public required TimeSpan SniffTimeout { get; init; }

    /// <summary>For the client to close its half after we have closed ours.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <param name="outside">For clients from outside the mesh.</param>
    public static HttpServerOptions From(HttpSettings settings, bool outside, TimeProvider time)
    {
        var http2 = new Http2SessionOptions { Time = time, IdleTimeout = settings.IdleTimeout, HeaderTimeout = settings.HeaderTimeout };
        return new HttpServerOptions
        {
            Http1 = new Http1Options
            {
                MaxStartLine = Math.Min(settings.MaxRequestLineBytes, settings.MaxHeaderBytes),
                MaxHead = settings.MaxHeaderBytes,
                MaxHeaderFields = settings.MaxHeaderFields,
            },
            Http2 = http2 with
            {
                Http2 = http2.LimitedBy(settings) with
                {
                    MaxConcurrentStreams = outside ? settings.MaxConcurrentStreamsOutside : settings.MaxConcurrentStreams,
                },
            },
            Upstream = new Http2PoolOptions { Time = time, HeaderTimeout = settings.HeaderTimeout, Http2 = http2.LimitedBy(settings) },
            Paths = new PathOptions
            {
                MergeSlashes = settings.MergeSlashes,
                RejectEncodedSlashes = settings.EncodedSlashes == EncodedSlashes.Reject,
                RejectBackslashes = settings.EncodedSlashes == EncodedSlashes.Reject,
            },
            HeaderTimeout = settings.HeaderTimeout,
            IdleTimeout = settings.IdleTimeout,
            SniffTimeout = settings.SniffTimeout,
        };
    }
}
