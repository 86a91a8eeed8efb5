using System.Diagnostics;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>A service with an instance on each of two nodes, of which one goes.</summary>
public class FailoverTests : IAsyncLifetime
{
    private const string Vip = "240.240.0.40";

    private static readonly string Resources = TestMesh.Caller("web", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: shop-b, labels: { app: shop } }
        spec: { node: b, serviceAccount: shop, selector: { uid: 3001 }, ports: [{ name: lines, port: 7007, protocol: tcp }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: shop-c, labels: { app: shop } }
        spec: { node: c, serviceAccount: shop, selector: { uid: 3001 }, ports: [{ name: lines, port: 7007, protocol: tcp }] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: shop }
        spec:
          selector: { app: shop }
          vips: [240.240.0.40]
          ports: [{ port: 7007, protocol: tcp }]
        """;

    private TestMesh _mesh = null!;
    private BackgroundProcess _shopC = null!;

    private MeshNode A => _mesh["a"];

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Resources, "a", "b", "c");
        var shopB = _mesh["b"].Machine.StartPeer(CommandOptions.As(LineServer.Uid), "line_server.py", "shop-b", "7007");
        _shopC = _mesh["c"].Machine.StartPeer(CommandOptions.As(LineServer.Uid), "line_server.py", "shop-c", "7007");
        await shopB.WaitForLineAsync("ready");
        await _shopC.WaitForLineAsync("ready");
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task When_an_instance_dies_not_one_call_fails()
    {
        await UntilBothAnswerAsync();
        await _shopC.KillAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith("shop-b", await CallAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task When_a_machine_dies_calls_move_to_the_other_and_open_ones_end_in_bounded_time()
    {
        await UntilBothAnswerAsync();
        var live = await ConnectToCAsync();
        await _mesh["c"].Machine.DisposeAsync();

        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(async () => (await CallAsync()).StartsWith("shop-b", StringComparison.Ordinal), "the other instance to answer", TimeSpan.FromSeconds(30));
        for (var i = 0; i < 10; i++)
        {
            Assert.DoesNotContain("shop-c", await CallAsync(), StringComparison.Ordinal);
        }

        // Its link is asked whether it lives after 10 s of silence and given up 20 s later.
        await live.WriteLineAsync("still there?");
        Assert.NotEqual("still there?", await live.ReadLineAsync(TimeSpan.FromSeconds(40)));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.StartsWith("shop-b", await CallAsync(), StringComparison.Ordinal);
    }

    private async Task UntilBothAnswerAsync()
    {
        var answers = new HashSet<string>(StringComparer.Ordinal);
        await Until.TrueAsync(async () =>
            {
                answers.Add((await CallAsync()).Split(' ')[0]);
                return answers.Count == 2;
            },
            "both instances to answer");
    }

    private async Task<BackgroundProcess> ConnectToCAsync()
    {
        while (true)
        {
            var client = A.Machine.StartPeer(CommandOptions.As(2001), "line_client.py", Vip, "7007");
            if ((await client.ReadLineAsync()).StartsWith("shop-c", StringComparison.Ordinal))
            {
                return client;
            }

            await client.DisposeAsync();
        }
    }

    private Task<string> CallAsync() => LineServer.CallAsync(A.Machine, CommandOptions.As(2001), Vip);
}
