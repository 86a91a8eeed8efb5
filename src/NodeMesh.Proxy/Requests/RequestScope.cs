using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Http.Paths;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// What the requests of one client connection have in common: who sends them, where they may go, how they are counted. One per connection, on its
/// loop; the two kinds are the way out (<see cref="OutboundScope"/>) and the way in (<see cref="InboundScope"/>).
/// </summary>
internal abstract class RequestScope(ProxyLoop worker, HttpServerOptions options, bool isHttp2)
{
    private RequestAuthorization _authorization;
    private byte[]? _sourceText;

    public HttpServerOptions Options => options;

    /// <summary>The client speaks HTTP/2, else HTTP/1.1.</summary>
    public bool IsHttp2 => isHttp2;

    /// <summary>The version of HTTP the client speaks, as metrics call it.</summary>
    public string Protocol => isHttp2 ? "http2" : "http";

    /// <summary>The client, as far as it is known.</summary>
    public abstract IpEndpoint Source { get; }

    public abstract SpiffeId? SourceIdentity { get; }

    public abstract AccessLogDirection Direction { get; }

    /// <summary>The identity as headers carry it; empty when there is none.</summary>
    protected ReadOnlySpan<byte> SourceText => _sourceText ??= Encoding.ASCII.GetBytes(SourceIdentity?.ToString() ?? string.Empty);

    protected ProxyLoop Worker => worker;

    /// <summary>Brings the request into the one form that is judged and forwarded; null, or what is wrong with it.</summary>
    public RequestProblem? Normalize(HttpExchange exchange)
    {
        var request = exchange.Request;
        if (RequestLine.IsPlainConnect(request))
        {
            return new RequestProblem(RefusalCode.NotServed, "a plain CONNECT on a port that is declared as HTTP");
        }

        var outcome = PathNormalizer.Normalize(request, options.Paths);
        if (outcome is not (PathOutcome.Unchanged or PathOutcome.Changed))
        {
            return new RequestProblem(RefusalCode.BadRequest, $"the path cannot be forwarded: {outcome}");
        }

        PrepareRequest(exchange);
        return null;
    }

    /// <summary>Says where the request goes and whether it may; false when it is refused, with the reason noted.</summary>
    public abstract bool TryAdmit(HttpExchange exchange);

    /// <summary>Chooses an endpoint for another try; false when there is none.</summary>
    /// <param name="sameAllowed">The endpoint of the last try may be tried again: its connection failed, not the endpoint.</param>
    public abstract bool TryChooseAnother(HttpExchange exchange, bool sameAllowed);

    /// <summary>Makes, or finds, the way to what was chosen. Ends at once where a connection is at hand.</summary>
    public abstract ValueTask<UpstreamLeg> OpenAsync(HttpExchange exchange);

    /// <summary>Adds what the way to the upstream needs of fields, for this try.</summary>
    public abstract void AddUpstreamHeaders(HttpExchange exchange);

    /// <summary>A response may say that its request reached no application, so that another endpoint may have it; null when it is an answer.</summary>
    public virtual LegFailure? FindRefusal(HttpExchange exchange, HeaderList headers) => null;

    /// <summary>Takes from a response what is not for the client.</summary>
    public abstract void PrepareResponse(HttpExchange exchange, HeaderList headers);

    /// <summary>A success that opens no tunnel is to answer an HTTP/2 client that asked for one: puts it as the client understands, or gives false.</summary>
    public virtual bool TryDeclineTunnel(HeaderList headers) => false;

    /// <summary>The response has begun, so long after the request was sent.</summary>
    public abstract void OnResponse(HttpExchange exchange, TimeSpan latency);

    /// <summary>The timeouts and limits of what the request was sent to.</summary>
    public abstract ServiceSettings Settings(HttpExchange exchange);

    /// <summary>Where the request is counted, by what is known of it now.</summary>
    public abstract RequestCounters Counters(HttpExchange exchange);

    /// <summary>Fills in who was at both ends; with null, of a request that could not be read.</summary>
    public abstract void Fill(HttpExchange? exchange, AccessLogEntry entry);

    /// <summary>The exchange is over.</summary>
    public virtual void OnEnd(HttpExchange exchange)
    {
    }

    /// <summary>A request that has begun may not be allowed any more under this configuration; null, or why.</summary>
    public abstract string? FindLoss(HttpExchange exchange, MeshSnapshot snapshot);

    /// <summary>The client has ended its half and waits for its answer, or is gone: whoever can tell, ends the exchange then.</summary>
    public virtual void OnHalfClosed(HttpExchange exchange)
    {
    }

    /// <summary>Writes a line of the access log.</summary>
    public void Log(HttpExchange exchange, TimeSpan duration)
    {
        if (worker.Shared.AccessLog.Rent(worker.Shard) is { } entry)
        {
            entry.Direction = Direction;
            Fill(exchange, entry);
            if (exchange.Tls is { } tls)
            {
                entry.Tls.Version = "TLSv1.3";
                entry.Tls.Cipher = tls.Cipher;
                entry.Tls.Resumed = tls.WasResumed;
            }

            exchange.Fill(entry, duration);
            worker.Shared.AccessLog.Write(entry);
        }
    }

    /// <summary>Counts, logs, and answers a request that could not be read.</summary>
    public HeaderList ReplyTo(in Http1Error error) => Reply(error.Status, error.Reason);

    /// <summary>The same for the HTTP/2 request whose headers are above the limits.</summary>
    public HeaderList ReplyTooLarge() => Reply(431, "the header list is above the limits");

    public void CountProtocolError(in Http1Error error) => worker.Shared.Metrics.ProtocolBroken(worker.Shard, error.Kind, error.Smuggling);

    public void LogFault(Exception exception) => worker.Shared.LogRequestFailed(exception);

    protected abstract void PrepareRequest(HttpExchange exchange);

    /// <summary>Judges the request by the policies of its target; false when it is refused, with the reason noted.</summary>
    protected bool Authorize(HttpExchange exchange, InboundPort target, in ConnectionFacts facts, IpEndpoint remote)
    {
        var decision = _authorization.Authorize(target.Workload.Authorizer, facts, exchange.Request, remote);
        exchange.Policy = decision.Policy;
        exchange.PolicyRule = decision.RuleIndex;
        worker.CountPolicy(decision);
        if (decision.Allowed)
        {
            return true;
        }

        exchange.Refuse(RefusalCode.DeniedByPolicy, decision.Describe(target.Workload, facts.Peer));
        return false;
    }

    private HeaderList Reply(int status, string reason)
    {
        var code = status switch
        {
            414 or 431 => RefusalCode.HeadersTooLarge,
            501 or 505 => RefusalCode.NotServed,
            _ => RefusalCode.BadRequest,
        };
        worker.Shared.Metrics.RequestRefused(worker.Shard, Direction == AccessLogDirection.Outbound ? "source" : "destination", code, ConnectionLabels.Unknown);
        if (worker.Shared.AccessLog.Rent(worker.Shard) is { } entry)
        {
            entry.Time = worker.Shared.Time.GetUtcNow();
            entry.Direction = Direction;
            Fill(null, entry);
            entry.Protocol = Protocol;
            entry.Refusal = code;
            entry.Detail = reason;
            entry.Request.Begin();
            entry.Request.Status = status;
            worker.Shared.AccessLog.Write(entry);
        }

        RefusalReply.Write(worker.Reply, code, status, isGrpc: false);
        return worker.Reply;
    }
}
