using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>A tunnel that the far side opened, or why there is none.</summary>
/// <param name="Stream">Ready to carry bytes; null with a refusal.</param>
/// <param name="Refusal">None with a stream.</param>
/// <param name="Detail">The refusal in words, for the operator.</param>
internal readonly record struct MeshOpenResult(MeshStream? Stream, RefusalCode Refusal, string? Detail)
{
    /// <summary>True when another endpoint may do better: the far side itself could not be had, rather than refusing this client.</summary>
    public bool MayTryAnother => Refusal is not (RefusalCode.None or RefusalCode.DeniedByPolicy or RefusalCode.NoCertificate);
}
