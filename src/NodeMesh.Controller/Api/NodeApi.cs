using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Api;

/// <summary>What operators ask about nodes and the authority, and what nodes ask for: to join, and certificates. Thread-safe.</summary>
internal sealed class NodeApi(
    NodeRegistry nodes, NodeSessions sessions, ControllerAuthority authority, MeshRegistry mesh, IMeshStore store, string version, TimeProvider time)
{
    private const int MaxAudit = 10_000;
    private const int DefaultAudit = 100;

    private static readonly TimeSpan MaxTokenLifetime = TimeSpan.FromDays(7);

    public void Map(ApiRoutes api, IEndpointRouteBuilder routes)
    {
        api.Map(routes, HttpMethods.Get, "/v1/status", OperatorRole.Viewer, [], StatusAsync);
        api.Map(routes, HttpMethods.Get, "/v1/nodes", OperatorRole.Viewer, [], ListAsync);
        api.Map(routes, HttpMethods.Post, "/v1/nodes/{name}/tokens", OperatorRole.Admin, [], CreateTokenAsync);
        api.Map(routes, HttpMethods.Post, "/v1/nodes/{name}/evict", OperatorRole.Admin, [], EvictAsync);
        api.Map(routes, HttpMethods.Get, "/v1/audit", OperatorRole.Viewer, ["limit"], AuditAsync);
        api.Map(routes, HttpMethods.Get, "/v1/authority", OperatorRole.Viewer, [], (request, _) => AnswerAuthorityAsync(request));
        api.Map(routes, HttpMethods.Post, "/v1/authority/{step}", OperatorRole.Admin, [], RotateAsync);
        api.Map(routes, HttpMethods.Get, "/v1/bundle", BundleAsync);
        api.Map(routes, HttpMethods.Post, "/v1/join", JoinAsync);
        api.Map(routes, HttpMethods.Post, "/v1/renew", RenewAsync);
        api.Map(routes, HttpMethods.Post, "/v1/certificates", SignAsync);
    }

    private static string NameOf(ApiRequest request) => Scalars.DnsName.TryParse(request.Part("name"), out var name)
        ? name
        : throw new ApiException(StatusCodes.Status400BadRequest, $"\"{request.Part("name")}\" is no name of a node: {Scalars.DnsName.Expected}");

    private async Task StatusAsync(ApiRequest request, Caller caller)
    {
        var view = mesh.Current;
        var refused = nodes.Refused.ToDictionary(entry => entry.Key.ToString(), entry => entry.Value, StringComparer.Ordinal);
        await request.AnswerAsync(
            new StatusMessage(version, authority.TrustDomain.Name, view.Revision, view.Stored.Count, nodes.Nodes().Count, sessions.Count, refused),
            ApiJson.Readable.StatusMessage);
    }

    private async Task ListAsync(ApiRequest request, Caller caller)
    {
        var listed = nodes.Nodes().Select(node =>
        {
            var session = sessions.Find(node.Name);
            return new NodeMessage(
                node.Name,
                node.State == NodeState.Joined ? "joined" : "evicted",
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
        var expires = time.GetUtcNow() + lifetime;
        await request.AnswerAsync(new TokenMessage(name, nodes.CreateToken(name, lifetime, caller.Name), expires), ApiJson.Readable.TokenMessage);
    }

    private Task EvictAsync(ApiRequest request, Caller caller)
    {
        var name = NameOf(request);
        if (!nodes.Evict(name, caller.Name))
        {
            throw new ApiException(StatusCodes.Status404NotFound, $"no node named {name} has joined");
        }

        request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private Task AuditAsync(ApiRequest request, Caller caller) => request.AnswerAsync(
        new AuditMessage(store.Audit((int)(request.FindNumber("limit", 1, MaxAudit) ?? DefaultAudit))), ApiJson.Readable.AuditMessage);

    private Task AnswerAuthorityAsync(ApiRequest request)
    {
        var rotation = authority.Rotation;
        return request.AnswerAsync(
            new AuthorityMessage(
                authority.TrustDomain.Name,
                RootMessage.Of(rotation.Active.Root.Certificate),
                rotation.Prepared is { } next ? RootMessage.Of(next.Root.Certificate) : null,
                [.. rotation.Retiring.Select(RootMessage.Of)]),
            ApiJson.Readable.AuthorityMessage);
    }

    private async Task RotateAsync(ApiRequest request, Caller caller)
    {
        var step = request.Part("step");
        authority.Rotate(step switch
        {
            "prepare" => directory => directory.PrepareNext(),
            "activate" => directory => directory.ActivateNext(),
            "retire" => directory => directory.RetireOld(),
            _ => throw new ApiException(StatusCodes.Status404NotFound, $"\"{step}\" is no step of a rotation; they are prepare, activate, retire"),
        });
        store.Add(new AuditEntry(time.GetUtcNow(), caller.Name, "rotate", step, true, ""));
        await AnswerAuthorityAsync(request);
    }

    private async Task BundleAsync(ApiRequest request)
    {
        request.AllowOnly([]);
        request.Context.Response.ContentType = "application/json";
        await request.Context.Response.Body.WriteAsync(authority.Bundle.ToJson(), request.Context.RequestAborted);
    }

    private async Task JoinAsync(ApiRequest request)
    {
        var message = await request.ReadAsync(EnrollmentJson.Form.JoinMessage);
        var (name, chain) = nodes.Join(message.Secret, message.Request, NodeCaller.AddressOf(request.Context));
        await AnswerAsync(request, name, chain);
    }

    private async Task RenewAsync(ApiRequest request)
    {
        var node = NodeCaller.Of(request.Context, nodes, time, mayBeLate: true);
        var message = await request.ReadAsync(EnrollmentJson.Form.SigningMessage);
        await AnswerAsync(request, node.Name, nodes.Renew(node, message.Request, NodeCaller.AddressOf(request.Context)));
    }

    private async Task SignAsync(ApiRequest request)
    {
        var node = NodeCaller.Of(request.Context, nodes, time, mayBeLate: false);
        var message = await request.ReadAsync(EnrollmentJson.Form.SigningMessage);
        if (!SpiffeId.TryParse(message.Id, out var id, out var problem))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"id: {problem}");
        }

        await AnswerAsync(request, node.Name, nodes.SignWorkload(node, id, message.Request, NodeCaller.AddressOf(request.Context)));
    }

    private Task AnswerAsync(ApiRequest request, string node, IReadOnlyList<ReadOnlyMemory<byte>> chain) => request.AnswerAsync(
        new CertificatesMessage(node, authority.TrustDomain.Name, [.. chain.Select(certificate => certificate.ToArray())]), EnrollmentJson.Form.CertificatesMessage);
}
