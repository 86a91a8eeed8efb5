using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Upstreams;

/// <summary>What one try at one endpoint gave.</summary>
/// <param name="Upstream">Null with a refusal.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="MayTryAnother">Whether another endpoint may do better.</param>
internal readonly record struct UpstreamAttempt(
    Upstream? Upstream, RefusalCode Refusal = RefusalCode.None, string? Detail = null, bool MayTryAnother = false)
{
    public static UpstreamAttempt Failed(RefusalCode refusal, string detail, bool mayTryAnother) => new(null, refusal, detail, mayTryAnother);
}
