using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Serving;
using NodeMesh.Linux.Credentials;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin;

/// <summary>
/// Serves the admin API on its unix socket, to root and the daemon's own user only. One per daemon, from <see cref="StartAsync"/> to disposal;
/// runs on the thread pool.
/// </summary>
internal sealed partial class AdminServer : IAsyncDisposable
{
    private const uint Root = 0;

    private readonly string _path;
    private readonly uint _ownUid;
    private readonly ILookup<string, AdminRoute> _routes;
    private readonly LocalServer _server;
    private readonly ILogger _log;

    /// <param name="path">Of the socket.</param>
    /// <param name="ownUid">The daemon's user.</param>
    public AdminServer(string path, uint ownUid, IEnumerable<AdminRoute> routes, ILoggerFactory loggers)
    {
        _path = path;
        _ownUid = ownUid;
        _routes = routes.ToLookup(route => route.Path, StringComparer.Ordinal);
        _log = loggers.CreateLogger<AdminServer>();
        _server = new LocalServer(options => options.ListenUnixSocket(path, AskPeer), HandleAsync, loggers);
    }

    /// <summary>Takes away a socket that nobody answers on, which a daemon left that was killed. One that is answered on is another daemon's.</summary>
    /// <exception cref="StartupException">There is another daemon, or the directory cannot be used.</exception>
    public Task ClaimAsync() => TryAsync(async () =>
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        if (!File.Exists(_path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(_path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(_path);
            return;
        }

        throw new StartupException($"another nodemeshd is running: it answers on {_path}; end it, or set another admin.socket");
    });

    /// <exception cref="StartupException">The socket cannot be made.</exception>
    public Task StartAsync() => TryAsync(async () =>
    {
        await _server.StartAsync();

        // Between the two lines others may connect; they are refused by their credentials.
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TryAsync(Func<Task> make)
    {
        try
        {
            await make();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            throw new StartupException(
                $"the admin socket {_path} cannot be made: {e.Message}; its directory must be writable for the daemon's user (admin.socket in nodemeshd.yaml)", e);
        }
    }

    private static void AskPeer(ListenOptions options) => options.Use(next => async connection =>
    {
        var socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        using (var peer = UnixPeer.Of(socket.SafeHandle))
        {
            connection.Features.Set(new AdminPeer(peer.Uid, peer.Pid));
        }

        await next(connection);
    });

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var peer = context.Features.GetRequiredFeature<AdminPeer>();
        var answer = await AnswerAsync(context, peer);
        if (!HttpMethods.IsGet(request.Method))
        {
            var path = request.Path.Value ?? "";
            LogCommand(_log, request.Method, path, peer.Uid, peer.Pid, answer.Status);
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        if (!HttpMethods.IsHead(request.Method))
        {
            await context.Response.Body.WriteAsync(answer.Body);
        }
    }

    private async Task<AdminAnswer> AnswerAsync(HttpContext context, AdminPeer peer)
    {
        var request = context.Request;
        if (peer.Uid != Root && peer.Uid != _ownUid)
        {
            LogRefused(_log, peer.Uid, peer.Pid);
            return Problem(StatusCodes.Status403Forbidden, string.Create(
                CultureInfo.InvariantCulture, $"uid {peer.Uid} may not use the admin API; only root and the daemon's own user (uid {_ownUid}) may"));
        }

        var routes = _routes[request.Path.Value ?? ""].ToArray();
        if (routes.Length == 0)
        {
            return Problem(StatusCodes.Status404NotFound, $"there is no {request.Path}; docs/admin-api.md lists what there is");
        }

        var route = Array.Find(routes, route => string.Equals(route.Method, request.Method, StringComparison.Ordinal));
        if (route is null)
        {
            var methods = string.Join(", ", routes.Select(route => route.Method));
            context.Response.Headers.Allow = methods;
            return Problem(StatusCodes.Status405MethodNotAllowed, $"{request.Path} takes {methods}, not {request.Method}");
        }

        try
        {
            var parsed = new AdminRequest(context, peer);
            parsed.AllowOnly(route.Parameters);
            return await route.HandleAsync(parsed);
        }
        catch (AdminException e)
        {
            return Problem(e.Status, e.Message);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e)
        {
            return Problem(e.StatusCode, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(_log, request.Method, request.Path.Value ?? "", e);
            return Problem(StatusCodes.Status500InternalServerError, $"a failure inside the daemon, its log has more: {e.Message}");
        }
    }

    internal static AdminAnswer Problem(int status, string detail, IReadOnlyList<IssueMessage>? errors = null)
    {
        var problem = new ProblemMessage { Title = ReasonPhrases.GetReasonPhrase(status), Status = status, Detail = detail, Errors = errors };
        return AdminAnswer.Of(problem, AdminJson.Readable.ProblemMessage, status) with { ContentType = "application/problem+json" };
    }
}
