using System.Net;
using System.Text.Json;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>Being told what changes, and lists in parts.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_there_is_comes_first_and_then_each_change_as_it_is_made()
    {
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        using var lines = await _server.StreamAsync("v1/resources?watch=true&kind=Workload");
        Assert.Equal(["1 present Workload shop/cart", "1"], await ReadAsync(lines, 2));
        await _server.ApplyAsync(TestController.Workload("cart", labels: "app: other") + "---\n" + TestController.Workload("pay"));
        Assert.Equal(["2 updated Workload shop/cart", "2 created Workload shop/pay", "2"], await ReadAsync(lines, 3));
        await _server.ApplyAsync(TestController.Mesh.Replace("192.0.2.1", "192.0.2.2", StringComparison.Ordinal));
        Assert.Equal(["3"], await ReadAsync(lines, 1));
        await _server.AskAsync(HttpMethod.Post, "v1/revisions/1/rollback", new System.Text.Json.Nodes.JsonObject { ["dryRun"] = false });
        Assert.Equal(["4 updated Workload shop/cart", "4 deleted Workload shop/pay", "4"], await ReadAsync(lines, 3));
    }

    [Fact]
    public async Task A_watch_goes_on_where_it_was()
    {
        await _server.ApplyAsync(TestController.Mesh);
        await _server.ApplyAsync(TestController.Workload("cart"));
        await _server.ApplyAsync(TestController.Workload("pay"));
        using var lines = await _server.StreamAsync("v1/resources?watch=true&revision=1");
        Assert.Equal(["1", "2 created Workload shop/cart", "2", "3 created Workload shop/pay", "3"], await ReadAsync(lines, 5));
    }

    [Fact]
    public async Task A_line_has_the_resource_in_both_forms()
    {
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        using var lines = await _server.StreamAsync("v1/resources?watch=true&kind=Workload");
        using var line = JsonDocument.Parse((await lines.ReadLineAsync())!);
        Assert.Equal("cart.service", line.RootElement.GetProperty("resource").GetProperty("spec").GetProperty("selector").GetProperty("systemdUnit").GetString());
        Assert.Contains("systemdUnit: cart.service", line.RootElement.GetProperty("yaml").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_missed_too_much_begins_anew()
    {
        await _server.ApplyAsync(TestController.Mesh);
        for (var number = 0; number < 1001; number++)
        {
            await _server.ApplyAsync(TestController.Mesh.Replace("192.0.2.1", $"192.0.{2 + (number % 2)}.9", StringComparison.Ordinal));
        }

        var (old, problem) = await _server.AskAsync(HttpMethod.Get, "v1/resources?watch=true&revision=1");
        var (future, _) = await _server.AskAsync(HttpMethod.Get, "v1/resources?watch=true&revision=9999");
        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.Gone), (old, future));
        Assert.Equal("revision 1 is more than 1000 behind the newest, 1002; watch anew, without a revision", problem.GetProperty("detail").GetString());
        using var lines = await _server.StreamAsync("v1/resources?watch=true&revision=2");
        Assert.Equal(["2"], await ReadAsync(lines, 1));
    }

    [Theory]
    [InlineData("watch=true&limit=1", "a watch does not come in parts")]
    [InlineData("watch=yes", "the parameter watch is \"yes\": true or false is expected")]
    [InlineData("revision=1", "the parameter revision is for a watch")]
    [InlineData("after=cart", "the parameter after is \"cart\"")]
    [InlineData("kinds=Node", "\"kinds\" is no parameter of /v1/resources; known are kind, namespace, name, limit, after, watch, revision")]
    public async Task What_makes_no_sense_is_refused(string query, string detail)
    {
        var (status, body) = await _server.AskAsync(HttpMethod.Get, $"v1/resources?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(detail, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_in_parts_is_the_whole_list()
    {
        // Text that is compared as it is written would have shop-a before shop, a list in order has not.
        var names = new[] { "shop", "shop-a", "shop2" }.SelectMany(space => new[] { "a", "a-b", "b" }.Select(name => (space, name)));
        await _server.ApplyAsync(TestController.Mesh + string.Concat(names.Select(pair => "---\n" + TestController.Workload(pair.name)
            .Replace("namespace: shop", $"namespace: {pair.space}", StringComparison.Ordinal)
            .Replace($"{pair.name}.service", $"{pair.space}_{pair.name}.service", StringComparison.Ordinal))));
        var whole = Names(await _server.GetAsync("v1/resources"));
        Assert.Equal(11, whole.Count);
        foreach (var limit in new[] { 1, 2, 5, 11, 12 })
        {
            var (parts, after) = (new List<string>(), "");
            while (true)
            {
                var part = await _server.GetAsync($"v1/resources?limit={limit}{after}");
                parts.AddRange(Names(part));
                if (!part.TryGetProperty("next", out var next))
                {
                    break;
                }

                after = $"&after={Uri.EscapeDataString(next.GetString()!)}";
            }

            Assert.Equal(whole, parts);
        }
    }

    private static List<string> Names(JsonElement list) =>
        [.. list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("resource")).Select(resource =>
            $"{resource.GetProperty("kind")} {(resource.GetProperty("metadata").TryGetProperty("namespace", out var space) ? space : default)}/{resource.GetProperty("metadata").GetProperty("name")}")];

    private static async Task<string[]> ReadAsync(StreamReader lines, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var read = new List<string>();
        while (read.Count < count)
        {
            using var line = JsonDocument.Parse(await lines.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("the watch has ended"));
            var message = line.RootElement;
            var change = message.TryGetProperty("action", out var action) ? $" {action} {message.GetProperty("kind")} {message.GetProperty("namespace")}/{message.GetProperty("name")}" : "";
            read.Add(message.GetProperty("revision") + change);
        }

        return [.. read];
    }
}
