using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>Keeps the access log in memory.</summary>
internal sealed class AccessLogLines : IAccessLogOutput
{
    private readonly ConcurrentQueue<JsonElement> _lines = new();

    public IReadOnlyList<JsonElement> All => [.. _lines];

    public int Count => _lines.Count;

    public void Write(ReadOnlySpan<byte> lines)
    {
        foreach (var line in Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _lines.Enqueue(JsonDocument.Parse(line).RootElement);
        }
    }

    public async Task<JsonElement> OnlyAsync()
    {
        await Until.TrueAsync(() => !_lines.IsEmpty, "an access log line");
        return Assert.Single(All);
    }

    public void Reopen()
    {
    }

    public void Dispose()
    {
    }
}
