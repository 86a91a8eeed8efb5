using NodeMesh.Http.Sniffing;
using NodeMesh.Resources;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Requests;

/// <summary>Which connections carry HTTP, and the session that serves one.</summary>
internal static class HttpServing
{
    /// <summary>Whether the port's protocol is HTTP by declaration, whatever its version.</summary>
    public static bool IsDeclared(AppProtocol protocol) => protocol is AppProtocol.Http or AppProtocol.Http2 or AppProtocol.Grpc;

    /// <summary>
    /// What the client speaks, Other for what is carried as bytes; null when it was lost before that was known. Where HTTP is declared, its version is looked for without end of patience: the
    /// session's own deadlines hold.
    /// </summary>
    /// <param name="abandoned">Ends the wait at once; what is said then means nothing.</param>
    public static ValueTask<SniffedProtocol?> FindAsync(
        AppProtocol declared, ILoopDuplex client, HttpServerOptions options, CancellationToken abandoned) => declared switch
        {
            AppProtocol.Tcp or AppProtocol.Tls => new(SniffedProtocol.Other),
            AppProtocol.Auto => new FirstBytes(client).SniffAsync(options.SniffTimeout, abandoned),
            _ => FindVersionAsync(client, options, abandoned),
        };

    /// <param name="since">When its first bytes began to be waited for, by the loop's clock: the first request's deadline counts from there.</param>
    public static IServerSession CreateSession(ProxyLoop worker, ILoopDuplex client, RequestScope scope, SniffedProtocol protocol, long since) =>
        protocol == SniffedProtocol.Http2
            ? new Http2ServerSession(client, scope, worker)
            : new Http1ServerSession(client, scope, worker.Exchanges, scope.Options, since);

    private static async ValueTask<SniffedProtocol?> FindVersionAsync(ILoopDuplex client, HttpServerOptions options, CancellationToken abandoned)
    {
        // What is neither is for the HTTP/1.1 engine to refuse: on a port declared as HTTP nothing else passes unjudged.
        var sniffed = await new FirstBytes(client).SniffAsync(options.HeaderTimeout, abandoned);
        return sniffed is null or SniffedProtocol.Http2 ? sniffed : SniffedProtocol.Http1;
    }
}
