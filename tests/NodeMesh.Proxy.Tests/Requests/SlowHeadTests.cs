using System.Text;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>HTTP/1.1 clients that never finish to ask.</summary>
public sealed class SlowHeadTests
{
    [Theory]
    [InlineData(AppProtocol.Http, "GET / HTTP/1.1")]
    [InlineData(AppProtocol.Http, "GE")]
    [InlineData(AppProtocol.Auto, "GET / HTTP/1.1\r\nx-")]
    public async Task A_head_that_comes_byte_by_byte_is_408_once_its_time_is_over_counted_from_the_connection(AppProtocol declared, string slow)
    {
        var limit = TimeSpan.FromSeconds(2);
        await using var pair = await HttpPair.StartRawAsync(declared);
        pair.Apply(TestMesh.Config with { Http = new HttpSettings { HeaderTimeout = limit } });
        using var client = await pair.DialAsync();
        var began = TimeProvider.System.GetTimestamp();
        var answered = client.ReceiveToEndAsync();
        await Trickle.UntilEndedAsync(client, [.. Encoding.Latin1.GetBytes(slow), .. Enumerable.Repeat((byte)'a', 5_000)], answered);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), limit * 0.9, limit * 1.9);
        Assert.StartsWith("HTTP/1.1 408", Encoding.Latin1.GetString(await answered), StringComparison.Ordinal);
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_http_protocol_errors_total", "reason=\"slow_head\""));
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }
}
