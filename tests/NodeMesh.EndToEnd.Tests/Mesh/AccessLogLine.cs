using System.Text.Json;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>One line of a daemon's access log, by the names an operator would search for.</summary>
internal sealed class AccessLogLine(string json)
{
    private readonly JsonElement _root = JsonDocument.Parse(json).RootElement;

    public string Direction => Text("direction")!;

    public string? SourceAddress => Text("source", "address");

    public string? SourceWorkload => Text("source", "workload");

    public string? SourcePrincipal => Text("source", "principal");

    public string? DestinationAddress => Text("destination", "address");

    public string? DestinationWorkload => Text("destination", "workload");

    public string? DestinationPrincipal => Text("destination", "principal");

    public string? Service => Text("destination", "service");

    public string? Endpoint => Text("destination", "endpoint");

    public string? Refusal => Text("refusal");

    public string? Detail => Text("detail");

    public string? Policy => Text("policy");

    public string? TlsVersion => Text("tls", "version");

    public string? Method => Text("method");

    public string? Authority => Text("authority");

    public string? Path => Text("path");

    /// <summary>Of an HTTP request; 0 when the client got no answer.</summary>
    public int? Status => _root.TryGetProperty("status", out var status) ? status.GetInt32() : null;

    public int? GrpcStatus => _root.TryGetProperty("grpc_status", out var status) ? status.GetInt32() : null;

    public long Connection => _root.GetProperty("connection").GetInt64();

    public long BytesReceived => _root.GetProperty("bytes_received").GetInt64();

    public long BytesSent => _root.GetProperty("bytes_sent").GetInt64();

    public int Tries => _root.GetProperty("tries").GetInt32();

    public override string ToString() => json;

    private string? Text(params string[] path)
    {
        var element = _root;
        foreach (var name in path)
        {
            if (!element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.GetString();
    }
}
