using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Serving;
using NodeMesh.Controller.Store;
using NodeMesh.Resources.Problems;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Controller.Api;

/// <summary>
/// Puts requests to those who answer them, and documents them: knows the caller by the connection, holds the role against what the route needs, and
/// makes problems (RFC 9457) of what goes wrong. One per controller; thread-safe.
/// </summary>
internal sealed partial class ApiRoutes(
    OperatorGrants operators, uint ownUid, string version, Refusals refusals, TimeProvider time, ILogger<ApiRoutes> log)
{
    private const uint Root = 0;

    /// <summary>Of a path that is refused, so much goes into the audit log: the longest name that means something, and whoever asks for more learns nothing by it.</summary>
    private const int MaxNotedPath = 256;

    public void Map(IEndpointRouteBuilder builder, IReadOnlyList<ApiRoute> routes)
    {
        var document = OpenApiDocument.Of([.. routes, DocumentRoute([])], version);
        foreach (var route in routes.Append(DocumentRoute(document)))
        {
            builder.MapMethods(route.Pattern, [route.Method], (RequestDelegate)(context => AnswerAsync(new ApiRequest(context), route)));
        }
    }

    private static ApiRoute DocumentRoute(byte[] document) => ApiRoute.ForAnybody(
        HttpMethods.Get, "/v1/openapi.json", "This document.", request => request.AnswerAsync(document, "application/json"));

    private Task HandleAsync(ApiRequest request, ApiRoute route)
    {
        var caller = route.Role is { } role ? CallerOf(request.Context, role) : null;
        request.AllowOnly(route.Parameters);
        return route.HandleAsync(request, caller);
    }

    private static string Name(OperatorRole role) => role.ToString().ToLowerInvariant();

    private Caller CallerOf(HttpContext context, OperatorRole needed)
    {
        var caller = CallerOf(context);
        return caller.Role >= needed
            ? caller
            : throw Refuse(
                context, StatusCodes.Status403Forbidden, caller.Name, $"{caller.Name} is {Name(caller.Role)}, and this needs {Name(needed)}; see operators in nodemesh-controller.yaml");
    }

    private Caller CallerOf(HttpContext context)
    {
        if (context.Features.Get<LocalPeer>() is { } local)
        {
            var user = local.Uid == Root ? "root" : $"uid:{local.Uid}";
            return local.Uid == Root || local.Uid == ownUid
                ? new Caller(user, OperatorRole.Admin)
                : throw Refuse(context, StatusCodes.Status403Forbidden, user, $"this socket is for root; the caller is user {local.Uid}");
        }

        var peer = context.Features.Get<PeerIdentity>();
        if (peer?.Name is not { } name)
        {
            throw Refuse(context, StatusCodes.Status401Unauthorized, NodeCaller.AddressOf(context), "a client certificate of an operator is needed");
        }

        // Ended certificates get this far, so that nodes can renew theirs; and a connection may outlive its own.
        if (peer.NotAfter <= time.GetUtcNow())
        {
            throw Refuse(context, StatusCodes.Status401Unauthorized, name, $"the certificate of {name} ended at {peer.NotAfter:u}; have a new one issued");
        }

        return operators.TryFind(peer.Id, peer.Certificate, out var role, out var replaced)
            ? new Caller(name, role, replaced)
            : throw Refuse(context, StatusCodes.Status403Forbidden, name, $"{name} is no operator; see operators in nodemesh-controller.yaml");
    }

    /// <summary>Counts and notes that somebody asked for what operators may do, and gives what to throw.</summary>
    private ApiException Refuse(HttpContext context, int status, string who, string detail)
    {
        var path = context.Request.Path.ToString();
        refusals.Refuse(NodeRefusal.NotPermitted, who, "ask", $"{context.Request.Method} {path[..Math.Min(path.Length, MaxNotedPath)]}", detail);
        return new ApiException(status, detail);
    }

    private async Task AnswerAsync(ApiRequest request, ApiRoute route)
    {
        var (status, detail, errors) = (0, "", (IReadOnlyList<IssueMessage>?)null);
        request.Context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = route.MaxBodyBytes;
        try
        {
            await HandleAsync(request, route);
            return;
        }
        catch (ApiException exception)
        {
            (status, detail, errors) = (exception.Status, exception.Message, exception.Errors);
        }
        catch (NodeException exception)
        {
            status = exception.Refusal == NodeRefusal.BadRequest ? StatusCodes.Status400BadRequest : StatusCodes.Status403Forbidden;
            detail = exception.Message;
        }
        catch (RevisionConflictException exception)
        {
            (status, detail) = (StatusCodes.Status409Conflict, exception.Message);
        }
        catch (RevisionGoneException exception)
        {
            (status, detail) = (StatusCodes.Status410Gone, exception.Message);
        }
        catch (NodeInUseException exception)
        {
            (status, detail) = (StatusCodes.Status409Conflict, exception.Message);
        }
        catch (StoreException exception)
        {
            LogStore(exception);
            (status, detail) = (StatusCodes.Status507InsufficientStorage, exception.Message);
        }
        catch (AuthorityException exception)
        {
            (status, detail) = (StatusCodes.Status409Conflict, exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            (status, detail) = (exception.StatusCode, exception.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException && request.Context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            LogFailed(request.Context.Request.Method, request.Context.Request.Path, exception);
            (status, detail) = (StatusCodes.Status500InternalServerError, "a failure inside the controller, see its log");
        }

        if (!request.Context.Response.HasStarted)
        {
            var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
            await request.AnswerAsync(
                new ProblemMessage { Title = title, Status = status, Detail = detail, Errors = errors }, ApiJson.Readable.ProblemMessage, status);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed inside the controller")]
    private partial void LogFailed(string method, string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store failed")]
    private partial void LogStore(Exception exception);
}
