namespace NodeMesh.Proxy.Telemetry;

/// <summary>The TLS of the mesh side of a connection; all null or false when there was none.</summary>
public struct AccessLogTls
{
    public string? Version { get; set; }

    public string? Cipher { get; set; }

    public bool Resumed { get; set; }
}
