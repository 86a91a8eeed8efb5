using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>What making a way to an endpoint gave.</summary>
/// <param name="Leg">Ready for the request's headers; null with a refusal.</param>
/// <param name="MayTryAnother">Whether another endpoint may do better.</param>
internal readonly record struct UpstreamLeg(IUpstreamLeg? Leg, RefusalCode Refusal = RefusalCode.None, string? Detail = null, bool MayTryAnother = false)
{
    public static UpstreamLeg Failed(RefusalCode refusal, string detail, bool mayTryAnother) => new(null, refusal, detail, mayTryAnother);
}
