using System.Globalization;
using System.Text;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>The limits on headers, on a way through two nodes.</summary>
public sealed class HeaderLimitTests : IAsyncLifetime
{
    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    private HttpPair _pair = null!;

    public async Task InitializeAsync() => _pair = await HttpPair.StartRawAsync();

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(150, 0)]
    [InlineData(40, 59_000)]
    [InlineData(40, 200_000)]
    public async Task What_one_node_lets_in_the_other_takes(int fields, int bytes)
    {
        _pair.Apply(TestMesh.Config with { Http = new HttpSettings { MaxHeaderFields = Math.Max(100, fields), MaxHeaderBytes = Math.Max(60 * 1024, bytes + 10_000) } });
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get(fields, bytes));
        using var server = await _pair.AcceptAsync();
        var head = await server.ReceiveHeadAsync();
        Assert.Equal("the last", head.Field($"x-{fields - 2}"));
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_below_that_of_the_request_line_holds_for_both()
    {
        _pair.Apply(TestMesh.Config with { Http = new HttpSettings { MaxHeaderBytes = 4096 } });
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get(3, 100));
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);

        await client.SendTextAsync(Get(3, 15_000));
        Assert.StartsWith("HTTP/1.1 431", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    /// <summary>With Host so many fields, of so many bytes in all beyond the few of each.</summary>
    private static string Get(int fields, int bytes)
    {
        var text = new StringBuilder("GET / HTTP/1.1\r\nHost: orders.shop.mesh\r\n");
        for (var i = 0; i < fields - 2; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"x-{i}: ").Append('v', bytes / fields).Append("\r\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"x-{fields - 2}: the last\r\n\r\n").ToString();
    }
}
