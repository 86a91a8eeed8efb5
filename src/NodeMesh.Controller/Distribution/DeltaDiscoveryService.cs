using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Api;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Serving;
using NodeMesh.Controller.Store;
using NodeMesh.Xds;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;
using Status = Grpc.Core.Status;

namespace NodeMesh.Controller.Distribution;

/// <summary>Serves delta xDS to nodes, each on a stream of its own. One for all streams; thread-safe.</summary>
internal sealed partial class DeltaDiscoveryService(
    IEnumerable<ResourceCatalog> catalogs, NodeRegistry nodes, NodeSessions sessions, TimeProvider time, ILogger<DeltaDiscoveryService> log)
    : DeltaDiscoveryBase
{
    private readonly Dictionary<string, ResourceCatalog> _catalogs = catalogs.ToDictionary(catalog => catalog.TypeUrl, StringComparer.Ordinal);

    public override async Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<EncodedResponse> responseStream, ServerCallContext context)
    {
        var node = Authenticate(context);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);

        // Who is let in by a certificate is let in until that ends; it has another by then.
        end.CancelAfter(context.GetHttpContext().Features.GetRequiredFeature<PeerIdentity>().NotAfter - time.GetUtcNow());
        var session = new NodeSession(node.Name, NodeCaller.AddressOf(context.GetHttpContext()), end);
        sessions.Add(session);
        LogConnected(node.Name, session.Address);
        try
        {
            // It may have been cut off before there was anything to cut.
            Authenticate(context);
            session.Serve();
            await ServeAsync(session, requestStream, responseStream);
        }
        catch (DeltaOutdatedException exception)
        {
            throw new RpcException(new Status(StatusCode.OutOfRange, exception.Message));
        }
        catch (Exception exception) when (exception is IOException || (session.Ended.IsCancellationRequested && exception is OperationCanceledException or InvalidOperationException))
        {
            // The node is gone, which a broken connection may say first, or has another stream, or was evicted.
            if (!context.CancellationToken.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.Aborted, "the stream was ended; connect again"));
            }
        }
        finally
        {
            sessions.Remove(session);
            LogGone(node.Name);
        }
    }

    private NodeRecord Authenticate(ServerCallContext context)
    {
        try
        {
            return NodeCaller.Of(context.GetHttpContext(), nodes, time, mayBeLate: false);
        }
        catch (ApiException exception)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, exception.Message));
        }
        catch (NodeException exception)
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, exception.Message));
        }
    }

    private async Task ServeAsync(
        NodeSession session, IAsyncStreamReader<DeltaDiscoveryRequest> requests, IServerStreamWriter<EncodedResponse> responses)
    {
        var subscriptions = new Dictionary<string, DeltaSubscription>(StringComparer.Ordinal);
        var next = requests.MoveNext(session.Ended);
        while (true)
        {
            foreach (var subscription in subscriptions.Values)
            {
                if (subscription.Next() is { } response)
                {
                    await responses.WriteAsync(response, session.Ended);
                    sessions.CountPush(subscription.TypeUrl);
                }
            }

            // Changes wait until what was sent is answered: they go out together then.
            await Task.WhenAny([next, .. subscriptions.Values.Where(subscription => !subscription.AwaitsAnswer).Select(subscription => subscription.Changed)]);
            if (!next.IsCompleted)
            {
                continue;
            }

            if (!await next)
            {
                return;
            }

            Receive(session, subscriptions, requests.Current);
            next = requests.MoveNext(session.Ended);
        }
    }

    private void Receive(NodeSession session, Dictionary<string, DeltaSubscription> subscriptions, DeltaDiscoveryRequest request)
    {
        if (!subscriptions.TryGetValue(request.TypeUrl, out var subscription))
        {
            if (!_catalogs.TryGetValue(request.TypeUrl, out var catalog))
            {
                LogUnknownType(session.Node, request.TypeUrl);
                return;
            }

            subscriptions.Add(request.TypeUrl, subscription = new DeltaSubscription(catalog));
        }

        if (subscription.Receive(request))
        {
            Note(session, subscription);
        }

        if (DeltaSubscription.ReasonOf(request) is { } reason)
        {
            sessions.CountNack(request.TypeUrl);
            LogRefused(session.Node, request.TypeUrl, reason);
        }
    }

    private void Note(NodeSession session, DeltaSubscription subscription)
    {
        if (string.Equals(subscription.TypeUrl, TypeUrls.Resource, StringComparison.Ordinal))
        {
            sessions.Acknowledge(session, subscription.Acknowledged);
            session.Refusal = subscription.Refusal;
        }
        else if (string.Equals(subscription.TypeUrl, TypeUrls.TrustBundle, StringComparison.Ordinal))
        {
            session.Trusted = subscription.Acknowledged;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} is connected from {Address}")]
    private partial void LogConnected(string node, string address);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} is no longer connected")]
    private partial void LogGone(string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} asks for {TypeUrl}, which is not served here")]
    private partial void LogUnknownType(string node, string typeUrl);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} does not use the newest {TypeUrl}: {Reason}")]
    private partial void LogRefused(string node, string typeUrl, string reason);
}
