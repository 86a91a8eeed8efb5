using System.Globalization;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Attestation;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Explaining;

/// <summary>
/// Answers what would become of a connection by asking the functions that decide about real ones, on both nodes, and writes down what each said.
/// One per question.
/// </summary>
/// <param name="here">The configuration in force.</param>
/// <param name="hasCertificate">Whether this node holds a certificate for an identity.</param>
internal sealed class Explainer(MeshSnapshot here, Func<SpiffeId, bool> hasCertificate)
{
    private readonly List<string> _steps = [];
    private readonly NodeViews _views = new(here);
    private ExplainedRequest? _request;

    /// <exception cref="ExplainException">The source is not known.</exception>
    public Explanation Explain(ExplainQuery query)
    {
        var source = ExplainedSource.Find(query.Source, here);
        Step(source.Describe(here.NodeName));
        if (DestinationFinder.Find(query.Destination, here, Step) is not { } address)
        {
            Step($"'{query.Destination}' is no address, and no name or service of the mesh");
            return Answer(source, null, null, OutboundWayKind.Refused, RefusalCode.UnknownService, []);
        }

        // The source's own daemon decides, so it is asked by what that one knows.
        var destination = IpEndpoint.From(address, query.Port);
        var view = _views.Of(source.NodeName);
        var attested = AttestedSource.Of(source.FindWorkload(view), default);
        var service = view.FindService(destination);
        var refusal = source.IsForeign ? null : OutboundPolicy.Refusal(view, attested, service, destination);
        if (refusal is { } refused)
        {
            Step(refused.Detail);
            return Answer(source, destination, service, OutboundWayKind.Refused, refused.Code, []);
        }

        if (service is not { Endpoints.Length: > 0 })
        {
            Step(Passthrough(view, service, destination));
            return Answer(source, destination, service, OutboundWayKind.Plain, RefusalCode.None, []);
        }

        Step($"{destination} is {service}");
        _request = query.Request is { Host: null } request ? request with { Host = service.Service.HostName } : query.Request;
        var verdicts = new List<EndpointVerdict>();
        foreach (var endpoint in service.Endpoints)
        {
            verdicts.Add(Judge(view, source, attested, endpoint));
        }

        return Conclude(source, destination, service, verdicts);
    }

    /// <summary>The picker takes any endpoint that is not left out for its health, and a refusal there is final.</summary>
    private Explanation Conclude(ExplainedSource source, IpEndpoint destination, MeshServicePort service, List<EndpointVerdict> verdicts)
    {
        var all = TwoChoicesPicker.IsPanic(
            verdicts.Count(verdict => verdict.Endpoint.State.IsUsable), verdicts.Count(verdict => !verdict.Endpoint.State.IsReportedDead));
        var first = verdicts.FindAll(verdict => all || verdict.Endpoint.State.IsUsable);
        if (first.Exists(verdict => verdict.MayTryAnother))
        {
            first = verdicts.FindAll(verdict => !verdict.MayTryAnother);
        }

        var endpoints = verdicts.Select(verdict => verdict.Explained).ToArray();
        var refused = first.FindAll(verdict => verdict.Kind == OutboundWayKind.Refused);
        if (first.Count == 0 || refused.Count == first.Count)
        {
            var reason = (first.Count == 0 ? verdicts : refused)[0].Refusal;
            return Answer(source, destination, service, OutboundWayKind.Refused, reason, endpoints);
        }

        var taken = first.First(verdict => verdict.Kind != OutboundWayKind.Refused);
        if (refused.Count == 0)
        {
            Step(first.Count == 1 ? $"{taken.Endpoint} would take it" : string.Create(CultureInfo.InvariantCulture, $"one of {first.Count} endpoints would take it"));
            return Answer(source, destination, service, taken.Kind, RefusalCode.None, endpoints);
        }

        Step(string.Create(
            CultureInfo.InvariantCulture,
            $"{refused.Count} of {first.Count} endpoints refuse it, and none is asked after another has refused: it depends on which is chosen"));
        return Answer(source, destination, service, OutboundWayKind.Refused, refused[0].Refusal, endpoints) with { Outcome = ExplainOutcome.Varies };
    }

    private EndpointVerdict Judge(MeshSnapshot view, ExplainedSource source, in AttestedSource attested, Endpoint endpoint)
    {
        var client = source.AddressTowards(endpoint.Address, here);
        var way = source.IsForeign && endpoint.Identity is not null
            ? new OutboundWay(OutboundWayKind.Mesh, endpoint.DialAddress)
            : OutboundPolicy.FindWay(view, attested, client, endpoint);
        if (way.Kind == OutboundWayKind.Refused)
        {
            Step(way.Refusal.Detail);
            return new EndpointVerdict(endpoint, OutboundWayKind.Refused, way.Refusal.Code, way.MayTryAnother, null, null);
        }

        if (endpoint.WorkloadName is null)
        {
            Step($"{endpoint} is outside the mesh: no identity is asked for, and no policy decides");
            return new EndpointVerdict(endpoint, way.Kind, RefusalCode.None, false, null, null);
        }

        return way.Kind switch
        {
            OutboundWayKind.Local => JudgeByPolicy(endpoint, way.Kind, way.Target!, way.Facts, $"{endpoint} is reached at {way.Address}, without leaving the node"),
            OutboundWayKind.Mesh => JudgeMesh(source, endpoint, client),
            _ => JudgePlaintext(endpoint, way.Address, client),
        };
    }

    private EndpointVerdict JudgeMesh(ExplainedSource source, Endpoint endpoint, IpEndpoint client)
    {
        if (string.Equals(source.NodeName, here.NodeName, StringComparison.Ordinal) && !source.IsForeign && !hasCertificate(source.Identity!))
        {
            Step($"this node holds no valid certificate for {source.Identity}, which {endpoint} would ask for");
            return new EndpointVerdict(endpoint, OutboundWayKind.Refused, RefusalCode.NoCertificate, false, null, null);
        }

        if (_views.Of(endpoint.NodeName!).FindInbound(endpoint.Address) is not { } target)
        {
            Step($"{endpoint.NodeName} has no workload that serves {endpoint.Address}");
            return new EndpointVerdict(endpoint, OutboundWayKind.Refused, RefusalCode.DestinationMismatch, true, null, null);
        }

        var facts = new ConnectionFacts(source.Identity, client, endpoint.Address, IdentityServerName.For(endpoint.Identity!));
        return JudgeByPolicy(
            endpoint, OutboundWayKind.Mesh, target, facts, $"{endpoint} must prove to be {endpoint.Identity} on the mesh link to {endpoint.DialAddress}");
    }

    private EndpointVerdict JudgePlaintext(Endpoint endpoint, IpEndpoint address, IpEndpoint client)
    {
        if (_views.Of(endpoint.NodeName!).FindInboundPlaintext(address) is not { } target)
        {
            Step($"{endpoint.NodeName} has no workload that serves {address}");
            return new EndpointVerdict(endpoint, OutboundWayKind.Refused, RefusalCode.DestinationMismatch, false, null, null);
        }

        if (target.PlaintextRefusal is { } refusal)
        {
            Step(refusal);
            return new EndpointVerdict(endpoint, OutboundWayKind.Refused, RefusalCode.PlaintextRefused, false, target.Mode, null);
        }

        return JudgeByPolicy(
            endpoint, OutboundWayKind.Plain, target, new ConnectionFacts(null, client, address), $"{endpoint} is reached at {address} in plaintext, so without an identity");
    }

    private EndpointVerdict JudgeByPolicy(Endpoint endpoint, OutboundWayKind kind, InboundPort target, in ConnectionFacts facts, string how)
    {
        Step(how);
        var trace = ExplainPolicy(target, facts);
        Step(trace.Decision.Verdict switch
        {
            { Reason: AuthorizationReason.NoAllowPolicies } => $"{target.Workload} has no ALLOW policy, and no DENY policy matches: allowed",
            { Allowed: true } verdict => string.Create(CultureInfo.InvariantCulture, $"rule {verdict.RuleIndex} of the ALLOW policy {verdict.Policy} lets it in"),
            { Reason: AuthorizationReason.DenyMatched } verdict =>
                string.Create(CultureInfo.InvariantCulture, $"rule {verdict.RuleIndex} of the DENY policy {verdict.Policy} refuses it"),
            { Reason: AuthorizationReason.NoAllowMatched } => $"no ALLOW policy of {target.Workload} lets it in",
            _ => $"the policies of {target.Workload} could not be resolved",
        });
        return trace.Decision.Allowed
            ? new EndpointVerdict(endpoint, kind, RefusalCode.None, false, target.Mode, trace)
            : new EndpointVerdict(endpoint, OutboundWayKind.Refused, RefusalCode.DeniedByPolicy, false, target.Mode, trace);
    }

    private AuthorizationTrace ExplainPolicy(InboundPort target, in ConnectionFacts facts)
    {
        var isOpaque = target.Protocol is AppProtocol.Tcp or AppProtocol.Tls;
        if (_request is not null && !isOpaque)
        {
            Step($"it is judged as {_request}");
            return target.Workload.Authorizer.Explain(facts, new RequestFacts(_request.ToHeaders(), facts.Source));
        }

        if (target.Workload.Authorizer.NeedsHttp)
        {
            Step(isOpaque
                ? string.Create(CultureInfo.InvariantCulture, $"port {target.Port} of {target.Workload} is not read as HTTP, so what policies ask of requests is not known")
                : "policies look at HTTP requests, and none was given to judge: method, path, host and headers are not known");
        }

        return target.Workload.Authorizer.Explain(facts);
    }

    private static string Passthrough(MeshSnapshot view, MeshServicePort? service, IpEndpoint destination) => service switch
    {
        { Names: [_, ..] names } => $"{destination} is {service}, whose names are looked up at the time: {string.Join(", ", names.Select(name => name.Host))}",
        null => $"{destination} is in no Service or ServiceEntry, and the egress mode is {view.Egress}: it goes out as it is",
        _ => $"{destination} is {service} with resolution NONE: it goes out as it is",
    };

    private void Step(string sentence) => _steps.Add(sentence);

    private Explanation Answer(
        ExplainedSource source, IpEndpoint? destination, MeshServicePort? service, OutboundWayKind kind, RefusalCode refusal, IReadOnlyList<ExplainedEndpoint> endpoints) => new()
        {
            Revision = here.Revision,
            SourceWorkload = source.WorkloadName,
            SourceIdentity = source.Identity,
            SourceIsLocal = !source.IsForeign && string.Equals(source.NodeName, here.NodeName, StringComparison.Ordinal),
            Address = destination?.ToIPAddress(),
            Service = service,
            Outcome = kind switch
            {
                OutboundWayKind.Mesh => ExplainOutcome.Mesh,
                OutboundWayKind.Local => ExplainOutcome.Local,
                OutboundWayKind.Plain => ExplainOutcome.Plaintext,
                _ => ExplainOutcome.Refused,
            },
            Refusal = refusal,
            Endpoints = endpoints,
            Steps = _steps,
        };
}
