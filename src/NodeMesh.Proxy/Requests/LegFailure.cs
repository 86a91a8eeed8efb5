using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>Why a leg could not go on.</summary>
/// <param name="Code">As it stands in log and counters.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Unprocessed">The peer says, or it is certain, that it did nothing about the request: to repeat it is always safe.</param>
/// <param name="StaleConnection">A pooled connection died before a byte of the answer came: to repeat an idempotent request is safe.</param>
internal readonly record struct LegFailure(RefusalCode Code, string Detail, bool Unprocessed = false, bool StaleConnection = false)
{
    /// <summary>The connection closed, drained or filled up between being found and being used.</summary>
    public static LegFailure NotTaken { get; } = new(RefusalCode.UpstreamClosed, "the connection to the upstream took no request", Unprocessed: true);
}
