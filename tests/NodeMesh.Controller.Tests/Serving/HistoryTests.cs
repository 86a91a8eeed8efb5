using System.Net;
using System.Text.Json.Nodes;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>A history that is not kept for ever, as operators see it.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(options => options with { History = 3 });
        await _server.ApplyAsync(TestController.Mesh);
        for (var number = 2; number <= 6; number++)
        {
            await _server.ApplyAsync(TestController.Workload("cart", labels: $"number: \"{number}\""));
        }
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_is_kept_is_listed_to_its_end_and_shown()
    {
        var list = await _server.GetAsync("v1/revisions?limit=3");
        Assert.Equal([6, 5, 4], list.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetProperty("number").GetInt64()));
        Assert.False(list.TryGetProperty("next", out _));
        var change = (await _server.GetAsync("v1/revisions/4")).GetProperty("changes")[0];
        Assert.Contains("\"3\"", change.GetProperty("before").GetString(), StringComparison.Ordinal);
        Assert.Contains("\"4\"", change.GetProperty("after").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_kept_no_more_is_said_to_be_so()
    {
        await AssertGoneAsync(HttpMethod.Get, "v1/revisions/3", "revision 3 is kept no more; the oldest that is kept is 4");
        await AssertGoneAsync(HttpMethod.Post, "v1/revisions/1/rollback", "revision 1 is kept no more; the oldest that is kept is 4");
        await AssertGoneAsync(HttpMethod.Get, "v1/resources?watch=true&revision=2", "what came after revision 2 is kept no more; the oldest that is kept is 4; watch anew, without a revision");
        Assert.Equal(HttpStatusCode.NotFound, (await _server.AskAsync(HttpMethod.Get, "v1/revisions/7")).Status);
    }

    [Fact]
    public async Task The_mesh_goes_back_as_far_as_the_history_and_no_resource_is_lost_over_it()
    {
        using (var lines = await _server.StreamAsync("v1/resources?watch=true&revision=3"))
        {
            Assert.Contains("\"revision\":3", await lines.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Contains("\"action\":\"updated\"", await lines.ReadLineAsync(), StringComparison.Ordinal);
        }

        var (status, _) = await _server.AskAsync(HttpMethod.Post, "v1/revisions/4/rollback", new JsonObject { ["dryRun"] = false });
        Assert.Equal(HttpStatusCode.OK, status);
        await _server.RestartAsync();
        var items = (await _server.GetAsync("v1/resources")).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(3, items.Length);
        Assert.Contains("\"4\"", Assert.Single(items, item => item.GetProperty("revision").GetInt64() == 7).GetProperty("yaml").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, items.Count(item => item.GetProperty("revision").GetInt64() == 1));
    }

    private async Task AssertGoneAsync(HttpMethod method, string path, string detail)
    {
        var (status, body) = await _server.AskAsync(method, path, method == HttpMethod.Post ? new JsonObject { ["dryRun"] = false } : null);
        Assert.Equal((HttpStatusCode.Gone, detail), (status, body.GetProperty("detail").GetString()));
    }
}
