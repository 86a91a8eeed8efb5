using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>How resources stand, by what nodes say of them, and what Prometheus hears of it.</summary>
public sealed class StatusTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await RunningServer.StartAsync(options => options with { Metrics = [new IPEndPoint(IPAddress.Loopback, 0)] });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_resource_is_programmed_once_every_connected_node_has_it_and_a_refusal_is_told()
    {
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        Assert.Equal("False NoNodes: no node is connected", await ConditionAsync("cart", "Programmed"));
        Assert.Equal("True Accepted: it is in force since revision 1", await ConditionAsync("cart", "Accepted"));
        Assert.Equal("True ResolvedRefs: everything that it names exists", await ConditionAsync("cart", "ResolvedRefs"));

        await using var node = await Node.ConnectAsync(_server, await _server.JoinAsync("web-1"));
        var response = await node.ReceiveAsync();
        Assert.Equal("False Pending: 0 of 1 connected nodes have it", await ConditionAsync("cart", "Programmed"));
        await node.AnswerAsync(response, null);
        await UntilAsync("cart", "True Programmed: 1 of 1 connected nodes have it");

        await _server.ApplyAsync(TestController.Workload("pay"));
        await node.AnswerAsync(await node.ReceiveAsync(), "pay is too much");
        await UntilAsync("pay", "False Refused: 0 of 1 connected nodes have it; web-1 refuses it: pay is too much");
        Assert.Equal("True Programmed: 1 of 1 connected nodes have it", await ConditionAsync("cart", "Programmed"));
        Assert.Contains("nodemesh_controller_nacks_total{type=\"ResourceDocument\"} 1\n", await ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_told_until_it_leads_somewhere()
    {
        const string Service = "apiVersion: nodemesh.io/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
        await _server.ApplyAsync(TestController.Mesh + "---\n" + Service);
        Assert.StartsWith("False RefNotResolved: spec.selector: no workload of namespace shop has the labels app=web", await ConditionAsync("web", "ResolvedRefs"), StringComparison.Ordinal);
        await _server.ApplyAsync(TestController.Workload("cart").Replace("selector:", "ports: [{name: http, port: 80}], selector:", StringComparison.Ordinal));
        Assert.Equal("True ResolvedRefs: everything that it names exists", await ConditionAsync("web", "ResolvedRefs"));
    }

    [Fact]
    public async Task A_condition_says_since_when_it_is_as_it_is()
    {
        var began = Pass();
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        await AssertSinceAsync("cart", ("Accepted", began), ("ResolvedRefs", began), ("Programmed", began));

        // It is not on every node, now as before.
        Pass();
        DateTimeOffset gone;
        await using (var node = await Node.ConnectAsync(_server, await _server.JoinAsync("web-1")))
        {
            var response = await node.ReceiveAsync();
            await AssertSinceAsync("cart", ("Programmed", began));
            var programmed = Pass();
            await node.AnswerAsync(response, null);
            await UntilAsync("cart", "True Programmed: 1 of 1 connected nodes have it");
            await AssertSinceAsync("cart", ("Accepted", began), ("Programmed", programmed));

            var next = Pass();
            await _server.ApplyAsync(TestController.Workload("pay"));
            response = await node.ReceiveAsync();
            await AssertSinceAsync("pay", ("Accepted", next), ("Programmed", next));
            Pass();
            await node.AnswerAsync(response, "pay is too much");
            await UntilAsync("pay", "False Refused: 0 of 1 connected nodes have it; web-1 refuses it: pay is too much");
            await AssertSinceAsync("pay", ("Programmed", next));
            await AssertSinceAsync("cart", ("Programmed", programmed));
            gone = Pass();
        }

        await UntilAsync("cart", "False NoNodes: no node is connected");
        await AssertSinceAsync("cart", ("Accepted", began), ("Programmed", gone));
        var again = Pass();
        await _server.RestartAsync();
        await AssertSinceAsync("cart", ("Accepted", began), ("ResolvedRefs", began), ("Programmed", again));
    }

    [Fact]
    public async Task Another_resource_may_change_whether_everything_is_there_and_that_has_its_time()
    {
        const string Service = "apiVersion: nodemesh.io/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
        var serving = TestController.Workload("cart").Replace("selector:", "ports: [{name: http, port: 80}], selector:", StringComparison.Ordinal);
        var began = Pass();
        await _server.ApplyAsync(TestController.Mesh + "---\n" + Service);
        await AssertSinceAsync("web", ("ResolvedRefs", began));
        var found = Pass();
        await _server.ApplyAsync(serving);
        await AssertSinceAsync("web", ("Accepted", began), ("ResolvedRefs", found));
        Pass();
        await _server.ApplyAsync(TestController.Workload("other", labels: "app: other"));
        await AssertSinceAsync("web", ("ResolvedRefs", found));
        var changed = Pass();
        await _server.ApplyAsync(Service.Replace("name: web", "name: web, labels: {changed: twice}", StringComparison.Ordinal));
        await AssertSinceAsync("web", ("Accepted", changed), ("ResolvedRefs", changed));
    }

    [Fact]
    public async Task Metrics_are_served_at_their_own_address_and_nothing_else_is()
    {
        await _server.ApplyAsync(TestController.Mesh);
        await _server.JoinAsync("web-1");
        await _server.JoinAsync("wrong-token", RunningServer.RequestOf("/nodemesh/node/web-1"));
        var text = await ScrapeAsync();
        foreach (var line in new[] { "revision 1", "resources 2", "connected_nodes 0", "signed_certificates_total 1", "refusals_total{reason=\"UnknownToken\"} 1", "apply_duration_seconds_count 1", "store_errors_total 0" })
        {
            Assert.Contains($"nodemesh_controller_{line}\n", text, StringComparison.Ordinal);
        }

        using var http = new HttpClient();
        foreach (var path in new[] { "v1/status", "v1/bundle", "" })
        {
            using var answer = await http.GetAsync(new Uri(_server.MetricsAddress, path));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task<string> ScrapeAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(_server.MetricsAddress, "metrics"));
    }

    private async Task<string> ConditionAsync(string name, string type)
    {
        var item = (await _server.GetAsync($"v1/resources?name={name}")).GetProperty("items").EnumerateArray().Single();
        var found = item.GetProperty("status").GetProperty("conditions").EnumerateArray().Single(one => one.GetProperty("type").GetString() == type);
        Assert.Equal(item.GetProperty("revision").GetInt64(), found.GetProperty("observedGeneration").GetInt64());
        return $"{Text(found, "status")} {Text(found, "reason")}: {Text(found, "message")}";
    }

    /// <summary>Lets a minute pass; what time it is then.</summary>
    private DateTimeOffset Pass()
    {
        _server.Time.Advance(TimeSpan.FromMinutes(1));
        return _server.Time.GetUtcNow();
    }

    private async Task AssertSinceAsync(string name, params (string Type, DateTimeOffset At)[] expected)
    {
        var item = (await _server.GetAsync($"v1/resources?name={name}")).GetProperty("items").EnumerateArray().Single();
        var conditions = item.GetProperty("status").GetProperty("conditions").EnumerateArray().ToDictionary(one => Text(one, "type")!, one => one.GetProperty("lastTransitionTime").GetDateTimeOffset(), StringComparer.Ordinal);
        foreach (var (type, at) in expected)
        {
            Assert.Equal((type, at), (type, conditions[type]));
            Assert.Equal(TimeSpan.Zero, conditions[type].Offset);
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private async Task UntilAsync(string name, string condition)
    {
        for (var attempt = 0; await ConditionAsync(name, "Programmed") != condition; attempt++)
        {
            Assert.True(attempt < 500, $"{name} is {await ConditionAsync(name, "Programmed")}, not {condition}");
            await Task.Delay(10);
        }
    }

    /// <summary>A node as far as the stream of resources goes.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly DeltaState _state = new(TypeUrls.Resource);
        private readonly GrpcChannel _channel;
        private readonly AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _call;

        private Node(GrpcChannel channel)
        {
            _channel = channel;
            _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        }

        public static async Task<Node> ConnectAsync(RunningServer server, X509Svid svid)
        {
            var node = new Node(GrpcChannel.ForAddress(
                server.TlsAddress, new GrpcChannelOptions { HttpHandler = RunningServer.HandlerOf(svid), DisposeHttpClient = true }));
            await node._call.RequestStream.WriteAsync(node._state.Begin("web-1", byName: false));
            return node;
        }

        public async Task<DeltaDiscoveryResponse> ReceiveAsync()
        {
            Assert.True(await _call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.True(_state.Receive(_call.ResponseStream.Current));
            return _call.ResponseStream.Current;
        }

        public Task AnswerAsync(DeltaDiscoveryResponse response, string? refusal) => _call.RequestStream.WriteAsync(DeltaState.Answer(response, refusal));

        public ValueTask DisposeAsync()
        {
            _call.Dispose();
            _channel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
