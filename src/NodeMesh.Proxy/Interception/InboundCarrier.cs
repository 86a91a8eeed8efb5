using Microsoft.Extensions.Logging;
using NodeMesh.Linux;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
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
            application = connection.Refusal == RefusalCode.None ? await ConnectAsync(connection, client) : null;
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
