namespace NodeMesh.Proxy.Telemetry;

/// <summary>The texts of a request that the access log keeps as the bytes they came in.</summary>
public enum AccessLogText
{
    Method,

    Authority,

    /// <summary>With the query.</summary>
    Path,

    UserAgent,

    RequestId,

    TraceId,
}
