namespace NodeMesh.Proxy.Health;

/// <summary>What one probe found.</summary>
public enum ProbeResult
{
    Success,

    /// <summary>Refused, unreachable or reset.</summary>
    Failure,

    /// <summary>No answer in time.</summary>
    Timeout,
}
