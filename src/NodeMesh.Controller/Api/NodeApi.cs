using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Health;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Api;

/// <summary>What operators ask about nodes and the authority, and what nodes ask for: to join, and certificates. Thread-safe.</summary>
internal sealed class NodeApi
{
    private const int MaxAudit = 10_000;
    private const int DefaultAudit = 100;

    /// <summary>Some thousand ports that do not serve, with the longest names.</summary>
    private const int MaxHealthBytes = 1024 * 1024;

    private const int MaxNamed = 5;

    private static readonly TimeSpan MaxTokenLifetime = TimeSpan.FromDays(7);

    private readonly NodeRegistry _nodes;
    private readonly NodeSessions _sessions;
    private readonly NodeLeases _leases;
    private readonly ControllerAuthority _authority;
    private readonly MeshRegistry _mesh;
    private readonly IMeshStore _store;
    private readonly string _version;
    private readonly TimeProvider _time;

    public NodeApi(
        NodeRegistry nodes,
        NodeSessions sessions,
        NodeLeases leases,
        ControllerAuthority authority,
        MeshRegistry mesh,
        IMeshStore store,
        string version,
        TimeProvider time)
    {
        (_nodes, _sessions, _leases, _authority, _mesh, _store, _version, _time) = (nodes, sessions, leases, authority, mesh, store, version, time);
        Routes =
        [
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/status", OperatorRole.Viewer, "The controller at a glance.", StatusAsync)
                with { Answer = ApiJson.Readable.StatusMessage },
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/nodes", OperatorRole.Viewer, "Lists the nodes that have joined.", ListAsync)
                with { Answer = ApiJson.Readable.NodesMessage },
            ApiRoute.ForOperators(HttpMethods.Post, "/v1/nodes/{name}/tokens", OperatorRole.Admin, "Makes a token that lets one node in, once.", CreateTokenAsync)
                with { Body = ApiJson.Readable.TokenRequestMessage, Answer = ApiJson.Readable.TokenMessage },
            ApiRoute.ForOperators(HttpMethods.Post, "/v1/nodes/{name}/evict", OperatorRole.Admin, "Cuts a node off at once, and renews its certificates no more.", EvictAsync)
                with { Status = StatusCodes.Status204NoContent },
            ApiRoute.ForOperators(HttpMethods.Delete, "/v1/nodes/{name}", OperatorRole.Admin, "Forgets a node that was evicted, and tokens of its name that were not used.", DeleteAsync)
                with { Status = StatusCodes.Status204NoContent },
            ApiRoute.ForOperators(
                HttpMethods.Post, "/v1/nodes/{name}/cordon", OperatorRole.Operator, "Keeps new traffic of others from a node.", (request, caller) => CordonAsync(request, caller, true))
                with { Status = StatusCodes.Status204NoContent },
            ApiRoute.ForOperators(
                HttpMethods.Post, "/v1/nodes/{name}/uncordon", OperatorRole.Operator, "Lets traffic to a node again.", (request, caller) => CordonAsync(request, caller, false))
                with { Status = StatusCodes.Status204NoContent },
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/audit", OperatorRole.Viewer, "The audit log, newest first.", AuditAsync)
                with
                {
                    Parameters = [ApiParameter.Number("before", "Only entries older than this one."), ApiParameter.Number("limit", $"At most so many, up to {MaxAudit} [{DefaultAudit}].")],
                    Answer = ApiJson.Readable.AuditMessage,
                },
            ApiRoute.ForOperators(HttpMethods.Get, "/v1/authority", OperatorRole.Viewer, "The roots of the certificate authority.", (request, _) => AnswerAuthorityAsync(request))
                with { Answer = ApiJson.Readable.AuthorityMessage },
            ApiRoute.ForOperators(HttpMethods.Post, "/v1/authority/{step}", OperatorRole.Admin, "Takes a step of replacing the root: prepare, activate or retire.", RotateAsync)
                with
                {
                    Parameters = [ApiParameter.Flag("force", "For activate: also where a node does not trust the next root yet, and will need a new token.")],
                    Answer = ApiJson.Readable.AuthorityMessage,
                },
            ApiRoute.ForAnybody(HttpMethods.Get, "/v1/bundle", "The trust bundle, a JWKS (SPIFFE Trust Domain and Bundle).", BundleAsync),
            ApiRoute.ForAnybody(HttpMethods.Post, "/v1/join", "Lets a node in that shows a token.", JoinAsync)
                with { Body = EnrollmentJson.Form.JoinMessage, Answer = EnrollmentJson.Form.CertificatesMessage },
            ApiRoute.ForNodes(HttpMethods.Post, "/v1/renew", "Gives a node its next certificate.", RenewAsync)
                with { Body = EnrollmentJson.Form.SigningMessage, Answer = EnrollmentJson.Form.CertificatesMessage },
            ApiRoute.ForNodes(HttpMethods.Post, "/v1/certificates", "Signs for a workload that is placed on the node.", SignAsync)
                with { Body = EnrollmentJson.Form.SigningMessage, Answer = EnrollmentJson.Form.CertificatesMessage },
            ApiRoute.ForNodes(HttpMethods.Post, "/v1/health", "Takes which ports of the node's workloads do not serve.", HealthAsync)
                with { Body = EnrollmentJson.Form.HealthMessage, MaxBodyBytes = MaxHealthBytes, Status = StatusCodes.Status204NoContent },
        ];
    }

    public IReadOnlyList<ApiRoute> Routes { get; }

    private static string NameOf(ApiRequest request) => Scalars.DnsName.TryParse(request.Part("name"), out var name)
        ? name
        : throw new ApiException(StatusCodes.Status400BadRequest, $"\"{request.Part("name")}\" is no name of a node: {Scalars.DnsName.Expected}");

    private async Task StatusAsync(ApiRequest request, Caller caller)
    {
        var view = _mesh.Current;
        var refused = _nodes.Refusals.Counts.ToDictionary(entry => entry.Key.ToString(), entry => entry.Value, StringComparer.Ordinal);
        await request.AnswerAsync(
            new StatusMessage(_version, _authority.TrustDomain.Name, view.Revision, view.Stored.Count, _nodes.Nodes().Count, _sessions.Count, refused),
            ApiJson.Readable.StatusMessage);
    }

    private async Task ListAsync(ApiRequest request, Caller caller)
    {
        var listed = _nodes.Nodes().Select(node =>
        {
            var session = _sessions.Find(node.Name);
            return new NodeMessage(
                node.Name,
                node.State.ToString().ToLowerInvariant(),
                node.JoinedAt,
                node.NotAfter,
                session is not null,
                session?.Address,
                session?.Acknowledged,
                session?.Refusal);
        });
        await request.AnswerAsync(new NodesMessage([.. listed]), ApiJson.Readable.NodesMessage);
    }

    private async Task CreateTokenAsync(ApiRequest request, Caller caller)
    {
        var message = await request.ReadAsync(ApiJson.Readable.TokenRequestMessage);
        var lifetime = TimeSpan.FromSeconds(message.TtlSeconds);
        if (lifetime <= TimeSpan.Zero || lifetime > MaxTokenLifetime)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"ttlSeconds is {message.TtlSeconds}: 1 to {MaxTokenLifetime.TotalSeconds} is expected");
        }

        var name = NameOf(request);
        var expires = _time.GetUtcNow() + lifetime;
        await request.AnswerAsync(new TokenMessage(name, _nodes.CreateToken(name, lifetime, caller.Name), expires), ApiJson.Readable.TokenMessage);
    }

    private Task EvictAsync(ApiRequest request, Caller caller)
    {
        var name = NameOf(request);
        return AnswerDone(request, _nodes.Evict(name, caller.Name), $"no node named {name} has joined");
    }

    private Task DeleteAsync(ApiRequest request, Caller caller)
    {
        var name = NameOf(request);
        return AnswerDone(request, _nodes.Delete(name, caller.Name), $"no node named {name} has joined, and there is no token for one");
    }

    private Task CordonAsync(ApiRequest request, Caller caller, bool isCordoned)
    {
        var name = NameOf(request);
        return AnswerDone(request, _nodes.Cordon(name, isCordoned, caller.Name), $"no node named {name} is in the mesh");
    }

    /// <summary>There is nothing to say of what was done.</summary>
    /// <param name="wasFound">The node that it was to be done to.</param>
    /// <param name="otherwise">What is said where it was not.</param>
    private static Task AnswerDone(ApiRequest request, bool wasFound, string otherwise)
    {
        request.Context.Response.StatusCode = wasFound ? StatusCodes.Status204NoContent : throw new ApiException(StatusCodes.Status404NotFound, otherwise);
        return Task.CompletedTask;
    }

    private Task AuditAsync(ApiRequest request, Caller caller)
    {
        var limit = (int)(request.FindNumber("limit", 1, MaxAudit) ?? DefaultAudit);
        var entries = _store.Audit(request.FindNumber("before", 1, long.MaxValue) ?? long.MaxValue, limit);
        var next = entries.Count == limit && entries[^1].Number > 1 ? entries[^1].Number : (long?)null;
        return request.AnswerAsync(new AuditMessage(entries, next), ApiJson.Readable.AuditMessage);
    }

    private Task AnswerAuthorityAsync(ApiRequest request)
    {
        var roots = _authority.Roots;
        return request.AnswerAsync(
            new AuthorityMessage(
                _authority.TrustDomain.Name,
                RootMessage.Of(roots.Issuing),
                RootMessage.Of(roots.Active),
                roots.Prepared is { } next ? RootMessage.Of(next) : null,
                [.. roots.Retiring.Select(RootMessage.Of)],
                _authority.Problem),
            ApiJson.Readable.AuthorityMessage);
    }

    private async Task RotateAsync(ApiRequest request, Caller caller)
    {
        var name = request.Part("step");
        var step = name switch
        {
            "prepare" => RotationStep.Prepare,
            "activate" => RotationStep.Activate,
            "retire" => RotationStep.Retire,
            _ => throw new ApiException(StatusCodes.Status404NotFound, $"\"{name}\" is no step of a rotation; they are prepare, activate, retire"),
        };
        var isForced = request.IsSet("force");
        if (step == RotationStep.Activate && !isForced && WithoutNextRoot() is { Length: > 0 } lacking)
        {
            var named = string.Join(", ", lacking.Take(MaxNamed)) + (lacking.Length > MaxNamed ? $" and {lacking.Length - MaxNamed} more" : "");
            throw new ApiException(
                StatusCodes.Status409Conflict,
                $"{named} would not trust what the next root signs, this controller neither, and would need a new token; wait for them, evict who does not come back, or force it");
        }

        Rotate(step, name, isForced ? "forced" : "", caller);
        await AnswerAuthorityAsync(request);
    }

    /// <summary>
    /// Step and entry are kept in different places, so the entry comes first: after a crash between them it says of a step that it was taken which was not, and
    /// not the other way round. Where it turns out that it cannot be taken, a second entry says so.
    /// </summary>
    private void Rotate(RotationStep step, string name, string detail, Caller caller)
    {
        var hasBegun = false;
        try
        {
            _authority.Rotate(step, () =>
            {
                _store.Add(new AuditEntry(_time.GetUtcNow(), caller.Name, "rotate", name, true, detail));
                hasBegun = true;
            });
        }
        catch (AuthorityException exception) when (hasBegun)
        {
            _store.Add(new AuditEntry(_time.GetUtcNow(), caller.Name, "rotate", name, false, exception.Message));
            throw;
        }
    }

    /// <summary>The nodes that have not put the bundle with the next root in force, of those that are in the mesh or can come back to it by their certificate.</summary>
    private string[] WithoutNextRoot()
    {
        if (_authority.Roots.Prepared is null)
        {
            return [];
        }

        var (sequence, now) = ((long)(_authority.Bundle.Sequence ?? 0), _time.GetUtcNow());
        return
        [
            .. _nodes.Nodes()
                .Where(node => node.State != NodeState.Evicted && node.NotAfter + NodeRegistry.RenewalGrace > now)
                .Select(node => (node.Name, Session: _sessions.Find(node.Name)))
                .Where(node => node.Session is null || node.Session.Trusted < sequence)
                .Select(node => node.Session is null ? $"{node.Name} (not connected)" : node.Name),
        ];
    }

    private Task BundleAsync(ApiRequest request) => request.AnswerAsync(_authority.Bundle.ToJson(), "application/json");

    private async Task JoinAsync(ApiRequest request)
    {
        var message = await request.ReadAsync(EnrollmentJson.Form.JoinMessage);
        var (name, chain) = _nodes.Join(message.Secret, message.Request, NodeCaller.AddressOf(request.Context));
        await AnswerAsync(request, name, chain);
    }

    private async Task RenewAsync(ApiRequest request)
    {
        var node = NodeCaller.Of(request.Context, _nodes, _time, mayBeLate: true);
        var message = await request.ReadAsync(EnrollmentJson.Form.SigningMessage);
        await AnswerAsync(request, node.Name, _nodes.Renew(node, message.Request, NodeCaller.AddressOf(request.Context)));
    }

    private async Task SignAsync(ApiRequest request)
    {
        var node = NodeCaller.Of(request.Context, _nodes, _time, mayBeLate: false);
        var message = await request.ReadAsync(EnrollmentJson.Form.SigningMessage);
        if (!SpiffeId.TryParse(message.Id, out var id, out var problem))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"id: {problem}");
        }

        await AnswerAsync(request, node.Name, _nodes.SignWorkload(node, id, message.Request, NodeCaller.AddressOf(request.Context)));
    }

    private async Task HealthAsync(ApiRequest request)
    {
        var node = NodeCaller.Of(request.Context, _nodes, _time, mayBeLate: false);
        _leases.Report(node.Name, await request.ReadAsync(EnrollmentJson.Form.HealthMessage));
        request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private Task AnswerAsync(ApiRequest request, string node, IReadOnlyList<ReadOnlyMemory<byte>> chain) => request.AnswerAsync(
        new CertificatesMessage(node, _authority.TrustDomain.Name, [.. chain.Select(certificate => certificate.ToArray())]), EnrollmentJson.Form.CertificatesMessage);
}
