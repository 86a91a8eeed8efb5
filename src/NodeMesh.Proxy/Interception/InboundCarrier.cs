using Microsoft.Extensions.Logging;
using NodeMesh.Http.Sniffing;
using NodeMesh.Linux;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Interception;

/// <summary>Carries inbound connections that were judged to their application, whatever way they came. One per loop.</summary>
internal sealed partial class InboundCarrier(ProxyLoop worker)
{
    private readonly ILogger _logger = worker.Shared.Loggers.CreateLogger<InboundCarrier>();

    /// <summary>From the verdict to its end.</summary>
    public async Task CarryAsync(ProxiedConnection connection, IInboundClient client)
    {
        TcpConnection? application = null;
        try
        {
            client.Begin();
            if (connection.Refusal == RefusalCode.None && await TryServeAsync(connection, client))
            {
                return;
            }

            application = connection.Refusal == RefusalCode.None && connection.Authorize() ? await ConnectAsync(connection, client) : null;
            if (application is null)
            {
                client.Refuse();
                return;
            }

            client.Accept();
            await connection.RelayAsync(client.Pipe, application);
        }
        catch (Exception exception)
        {
            LogFailed(exception, connection.Id);
            connection.Refuse(RefusalCode.Internal, exception.Message);
            client.Fail(exception);
            application?.Abort();
        }
        finally
        {
            client.End();
            connection.End();
        }
    }

    /// <summary>Serves a client that speaks HTTP: each of its requests is judged by itself. False when it is carried as bytes.</summary>
    private async ValueTask<bool> TryServeAsync(ProxiedConnection connection, IInboundClient client)
    {
        var protocol = connection.Target!.Protocol;
        var isTunnel = connection.Direction == ConnectionDirection.Mesh;
        if (protocol == AppProtocol.Auto && isTunnel && !connection.Target.Workload.Authorizer.NeedsHttp)
        {
            // The daemon that made the tunnel has looked what the client speaks, or is of another mesh, where nothing hangs on it.
            return false;
        }

        if (!HttpServing.IsDeclared(protocol) && protocol != AppProtocol.Auto)
        {
            return false;
        }

        // A tunnel carries nothing before it was accepted.
        client.Accept();
        var options = isTunnel ? worker.HttpOptions : worker.OutsideHttpOptions;
        var since = worker.Loop.NowMilliseconds;
        var speaks = await HttpServing.FindAsync(protocol, client.Pipe, options, connection.Abandoned);
        if (speaks is not { } http)
        {
            connection.Refuse(RefusalCode.DownstreamClosed, "the client left before its protocol was known");
            return false;
        }

        if (http == SniffedProtocol.Other || connection.IsAbandoned)
        {
            return false;
        }

        var scope = new ConnectionScope(worker, connection, options, http == SniffedProtocol.Http2);
        await connection.ServeAsync(HttpServing.CreateSession(worker, client.Pipe, scope, http, since));
        return true;
    }

    private async ValueTask<TcpConnection?> ConnectAsync(ProxiedConnection connection, IInboundClient client)
    {
        connection.Tries = 1;
        var address = connection.Target!.Application;
        client.Pipe.HungUp = () => connection.Abandon(RefusalCode.DownstreamClosed, "the client left before the application answered");
        var result = await Connector.ConnectAsync(worker.Loop, address, worker.Shared.Connect, connection.Abandoned);
        client.Pipe.HungUp = null;
        if (result.Connection is null)
        {
            connection.Refuse(
                result.Error == Errno.ETIMEDOUT ? RefusalCode.Timeout : RefusalCode.ConnectFailed,
                $"connect to the application at {address}: {result.Describe()}");
        }
        else if (connection.IsAbandoned)
        {
            result.Connection.Abort();
            return null;
        }

        return result.Connection;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Inbound connection {Id} failed.")]
    private partial void LogFailed(Exception exception, long id);
}
