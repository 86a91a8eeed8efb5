using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Explaining;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>What the deciding code says about a connection.</summary>
internal static class ExplanationReport
{
    public static ExplanationMessage Of(ExplainQuery query, Explanation explanation) => new()
    {
        Revision = explanation.Revision,
        Source = new ExplainedSourceMessage
        {
            Workload = explanation.SourceWorkload,
            SpiffeId = explanation.SourceIdentity?.ToString(),
            Local = explanation.SourceIsLocal,
        },
        Destination = new ExplainedDestinationMessage { Text = query.Destination, Address = explanation.Address?.ToString(), Port = query.Port },
        Service = explanation.Service?.Service.FullName,
        Protocol = explanation.Service is { } service ? Texts.Of(service.Protocol) : null,
        Endpoints = [.. explanation.Endpoints.Select(Endpoint)],
        Outcome = explanation.Outcome switch
        {
            ExplainOutcome.Mesh => "mesh",
            ExplainOutcome.Local => "local",
            ExplainOutcome.Plaintext => "plaintext",
            ExplainOutcome.Varies => "varies",
            _ => "refused",
        },
        Refusal = explanation.Refusal == RefusalCode.None ? null : Refusal(RefusalCodes.Describe(explanation.Refusal)),
        Policy = explanation.Endpoints is [{ Policy: { } first }, ..] ? Decision(first) : null,
        Steps = explanation.Steps,
    };

    private static EndpointMessage Endpoint(ExplainedEndpoint explained) => EndpointReport.Of(explained.Endpoint) with
    {
        PeerAuthentication = explained.Mode is { } mode ? Texts.Of(mode) : null,
        Policy = explained.Policy is { } trace ? Decision(trace) : null,
    };

    private static RefusalMessage Refusal(RefusalDescription description) => new()
    {
        Code = description.Name,
        Flag = description.Flag.Length > 0 ? description.Flag : null,
        Meaning = description.Meaning,
        Remedy = description.Remedy,
    };

    private static PolicyDecisionMessage Decision(AuthorizationTrace trace) => new()
    {
        Allowed = trace.Decision.Allowed,
        Reason = trace.Decision.Reason switch
        {
            AuthorizationReason.NoAllowPolicies => "no-allow-policies",
            AuthorizationReason.AllowMatched => "allow-matched",
            AuthorizationReason.DenyMatched => "deny-matched",
            AuthorizationReason.NoAllowMatched => "no-allow-matched",
            _ => "unresolved",
        },
        Policy = trace.Decision.Policy,
        Rule = trace.Decision.RuleIndex >= 0 && trace.Decision.Policy is not null ? trace.Decision.RuleIndex : null,
        DryRunAllowed = trace.Decision.DryRun?.Allowed,
        Policies = [.. trace.Policies.Select(Policy)],
    };

    private static PolicyMessage Policy(PolicyTrace policy) => new()
    {
        Policy = policy.Policy,
        Action = policy.Action.ToString().ToUpperInvariant(),
        DryRun = policy.DryRun,
        Matched = policy.Matched,
        Explanation = policy.Explanation,
        Rules = [.. policy.Rules.Select(rule => new RuleMessage
        {
            Index = rule.Index,
            Matched = rule.Matched,
            NeedsHttp = rule.NeedsHttp,
            Mismatch = rule.Mismatch,
            Explanation = rule.Explanation,
        })],
    };
}
