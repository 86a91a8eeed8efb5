using System.Globalization;
using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Explaining;

/// <summary>
/// Walks the way of a connection through the same look-ups and judges as the data path and writes down what each said. One per question.
/// </summary>
internal sealed class Explainer(MeshSnapshot snapshot)
{
    private readonly List<string> _steps = [];
    private Workload? _sourceWorkload;
    private SpiffeId? _identity;
    private IPAddress? _address;
    private MeshServicePort? _service;

    /// <exception cref="ExplainException">The source is not known.</exception>
    public Explanation Explain(ExplainQuery query)
    {
        FindSource(query.Source);
        if (!FindAddress(query.Destination))
        {
            Step($"'{query.Destination}' is no address, and no name or service of the mesh");
            return Answer(ExplainOutcome.Refused, RefusalCode.UnknownService, []);
        }

        var destination = IpEndpoint.From(_address!, query.Port);
        _service = snapshot.FindService(destination);
        if (_service is not { Endpoints.Length: > 0 } service)
        {
            return ExplainPassthrough(destination);
        }

        Step($"{destination} is {service}");
        if (_identity is null)
        {
            Step("the source has no identity, and the service is of the mesh");
            return Answer(ExplainOutcome.Refused, RefusalCode.NoIdentity, []);
        }

        return Judge(service, destination);
    }

    private Explanation Judge(MeshServicePort service, IpEndpoint destination)
    {
        var endpoints = new List<ExplainedEndpoint>();
        foreach (var endpoint in service.Endpoints)
        {
            endpoints.Add(JudgeEndpoint(endpoint));
        }

        var usable = endpoints.Find(candidate => candidate.Endpoint.State.IsUsable && candidate.Policy is not { Decision.Allowed: false });
        if (usable is not null)
        {
            Step($"{usable.Endpoint} would take it");
            return Answer(OutcomeOf(usable.Endpoint.Kind), RefusalCode.None, endpoints);
        }

        var denied = endpoints.Exists(candidate => candidate.Policy is { Decision.Allowed: false });
        Step(denied ? $"no endpoint of {service} lets {_identity} in" : $"no endpoint of {destination} is usable");
        return Answer(ExplainOutcome.Refused, denied ? RefusalCode.DeniedByPolicy : RefusalCode.NoHealthyEndpoint, endpoints);
    }

    private ExplainedEndpoint JudgeEndpoint(Endpoint endpoint)
    {
        if (endpoint.WorkloadName is null
            || snapshot.Resources.FindWorkload(endpoint.WorkloadNamespace!, endpoint.WorkloadName) is not { } workload)
        {
            Step($"{endpoint} is outside the mesh: no identity is asked for, and no policy decides");
            return new ExplainedEndpoint(endpoint, null, null);
        }

        var mode = new PeerAuthenticationResolver(snapshot.Resources.PeerAuthentications).ModeOf(workload, endpoint.Address.Port);
        var source = IpEndpoint.From(SourceAddress(), 0);
        var trace = Authorizer.Compile(snapshot.Resources.AuthorizationPolicies, workload)
            .Explain(new ConnectionFacts(mode == PeerAuthenticationMode.Disable && !endpoint.IsLocal ? null : _identity, source, endpoint.Address));
        Step(endpoint.IsMesh
            ? $"{endpoint} must prove to be {endpoint.Identity} on the mesh link to {endpoint.DialAddress}"
            : $"{endpoint} is reached at {endpoint.DialAddress}");
        Step(trace.Decision.Verdict switch
        {
            { Reason: AuthorizationReason.NoAllowPolicies } => $"{workload.Namespace}/{workload.Name} has no ALLOW policy, and no DENY policy matches: allowed",
            { Allowed: true } verdict => string.Create(CultureInfo.InvariantCulture, $"rule {verdict.RuleIndex} of the ALLOW policy {verdict.Policy} lets it in"),
            { Reason: AuthorizationReason.DenyMatched } verdict =>
                string.Create(CultureInfo.InvariantCulture, $"rule {verdict.RuleIndex} of the DENY policy {verdict.Policy} refuses it"),
            _ => $"no ALLOW policy of {workload.Namespace}/{workload.Name} lets it in",
        });
        return new ExplainedEndpoint(endpoint, mode, trace);
    }

    private Explanation ExplainPassthrough(IpEndpoint destination)
    {
        var source = _sourceWorkload is null ? null : snapshot.Workloads.FirstOrDefault(workload => workload.Resource.Key == _sourceWorkload.Key);
        if (OutboundPassthrough.Refusal(snapshot, source, _service, destination) is { } refusal)
        {
            Step(refusal.Detail);
            return Answer(ExplainOutcome.Refused, refusal.Code, []);
        }

        if (_service is { Names: [_, ..] names })
        {
            Step($"{destination} is {_service}, whose names are looked up at the time: {string.Join(", ", names.Select(name => name.Host))}");
            return Answer(ExplainOutcome.Plaintext, RefusalCode.None, []);
        }

        Step(_service is null
            ? $"{destination} is in no Service or ServiceEntry, and the egress mode is {snapshot.Egress}: it goes out as it is"
            : $"{destination} is {_service} with resolution NONE: it goes out as it is");
        return Answer(ExplainOutcome.Plaintext, RefusalCode.None, []);
    }

    private void FindSource(string text)
    {
        if (text.StartsWith("spiffe://", StringComparison.Ordinal))
        {
            if (!SpiffeId.TryParse(text, out var id, out var error))
            {
                throw new ExplainException($"'{text}' is no SPIFFE ID: {error}");
            }

            _identity = id;
            _sourceWorkload = snapshot.FindWorkload(id)?.Resource;
            Step($"the source is {id}");
            return;
        }

        var parts = text.Split('/');
        if (parts.Length != 2 || snapshot.Resources.FindWorkload(parts[0], parts[1]) is not { } workload)
        {
            throw new ExplainException($"no Workload {text} is in the configuration; give namespace/name, or a SPIFFE ID");
        }

        _sourceWorkload = workload;
        _identity = workload.SpiffeIdIn(snapshot.TrustDomain);
        Step($"the source {text} is {_identity}");
    }

    private bool FindAddress(string text)
    {
        if (IPAddress.TryParse(text, out _address))
        {
            return true;
        }

        var parts = text.Split('/');
        if (parts.Length == 2)
        {
            if (snapshot.Resources.FindService(parts[0], parts[1]) is { } service
                && FindByName(service.DnsName(snapshot.Resources.Mesh.DnsDomain)) is { } vip)
            {
                _address = vip;
                Step($"the Service {text} has the address {vip}");
                return true;
            }

            if (snapshot.Resources.FindWorkload(parts[0], parts[1]) is { } workload && snapshot.Resources.FindNode(workload.Node) is { } node)
            {
                _address = node.Addresses[0];
                Step($"the Workload {text} is on {node.Name}, {_address}");
                return true;
            }

            return false;
        }

        var name = text.TrimEnd('.');
        if (FindByName(name) is not { } address)
        {
            return false;
        }

        _address = address;
        Step($"the mesh's DNS answers {name} with {address}");
        return true;
    }

    private IPAddress? FindByName(string name) =>
        snapshot.DnsNames.FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)).Addresses is [var first, ..]
            ? first
            : null;

    private IPAddress SourceAddress() =>
        (_sourceWorkload is null ? null : snapshot.Resources.FindNode(_sourceWorkload.Node)?.Addresses[0]) ?? IPAddress.Any;

    private static ExplainOutcome OutcomeOf(EndpointKind kind) => kind switch
    {
        EndpointKind.Mesh => ExplainOutcome.Mesh,
        EndpointKind.Local => ExplainOutcome.Local,
        _ => ExplainOutcome.Plaintext,
    };

    private void Step(string sentence) => _steps.Add(sentence);

    private Explanation Answer(ExplainOutcome outcome, RefusalCode refusal, IReadOnlyList<ExplainedEndpoint> endpoints) => new()
    {
        Revision = snapshot.Revision,
        SourceWorkload = _sourceWorkload is null ? null : $"{_sourceWorkload.Namespace}/{_sourceWorkload.Name}",
        SourceIdentity = _identity,
        SourceIsLocal = string.Equals(_sourceWorkload?.Node, snapshot.NodeName, StringComparison.Ordinal),
        Address = _address,
        Service = _service,
        Outcome = outcome,
        Refusal = refusal,
        Endpoints = endpoints,
        Steps = _steps,
    };
}
