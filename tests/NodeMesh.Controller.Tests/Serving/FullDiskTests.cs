using System.Diagnostics;
using System.Net;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>A disk that is full. It is a file system of its own in memory, which takes root to mount.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _disk = Directory.CreateTempSubdirectory("nodemesh-disk-").FullName;
    private RunningServer _server = null!;

    private string Filling => Path.Combine(_disk, "filling");

    public async Task InitializeAsync()
    {
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", _disk);
        _server = await RunningServer.StartAsync(options => options with { Data = Path.Combine(_disk, "data") });
    }

    public async Task DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await RunAsync("umount", _disk);
        Directory.Delete(_disk);
    }

    [Fact]
    public async Task It_is_a_clear_error_that_keeps_nothing_and_goes_away_with_room()
    {
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var node = await _server.JoinAsync("web-1");
        await FillAsync();

        var (status, problem) = await _server.TryApplyAsync(string.Join("---\n", Enumerable.Range(0, 2_000).Select(number => TestController.Workload($"w{number}"))));
        Assert.Equal(HttpStatusCode.InsufficientStorage, status);
        Assert.Contains("the disk is full; make room, nothing was changed", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        // Reading goes on, and nothing of it is there.
        Assert.Equal(1, (await _server.GetAsync("v1/status")).GetProperty("revision").GetInt64());
        Assert.Equal(3, (await _server.GetAsync("v1/resources")).GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await _server.GetAsync("v1/revisions")).GetProperty("revisions").GetArrayLength());

        // So does telling nodes; what cannot be audited is not signed; who is refused is refused.
        await ReceiveAsync(node);
        var cart = RunningServer.RequestOf("/ns/shop/sa/cart");
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await _server.SignAsync(node, "/ns/shop/sa/cart", cart)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await _server.JoinAsync(new string('A', 43), RunningServer.RequestOf("/nodemesh/node/web-2"))).Status);

        File.Delete(Filling);
        Assert.Equal(2, await _server.ApplyAsync(TestController.Workload("pay")));
        RunningServer.Complete(cart, await _server.SignAsync(node, "/ns/shop/sa/cart", cart));
        await _server.RestartAsync();
        Assert.Equal(4, (await _server.GetAsync("v1/resources")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_node_with_a_new_certificate_is_let_in_meanwhile()
    {
        await _server.ApplyAsync(TestController.Mesh);
        var first = await _server.JoinAsync("web-1");
        var request = RunningServer.RequestOf("/nodemesh/node/web-1");
        var second = RunningServer.Complete(request, await _server.RenewAsync(first, request));
        await FillAsync();
        await ReceiveAsync(second);
    }

    private async Task ReceiveAsync(Spiffe.Svids.X509Svid node)
    {
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(
            _server.TlsAddress, new Grpc.Net.Client.GrpcChannelOptions { HttpHandler = RunningServer.HandlerOf(node), DisposeHttpClient = true });
        using var call = new Xds.Protocol.AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources();
        await call.RequestStream.WriteAsync(new Xds.Delta.DeltaState(Xds.TypeUrls.Resource).Begin("web-1", byName: false));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    /// <summary>Leaves room for nothing: the log of the database has to grow for anything to be kept.</summary>
    private async Task FillAsync()
    {
        using var filling = new FileStream(Filling, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                await filling.WriteAsync(block);
            }
        }
        catch (IOException)
        {
            // It is full.
        }

        // What the log has taken already it can write again: small changes would still fit.
        for (var attempt = 0; (await _server.AskAsync(HttpMethod.Post, "v1/nodes/filler/tokens", new System.Text.Json.Nodes.JsonObject { ["ttlSeconds"] = 60 })).Status == HttpStatusCode.OK; attempt++)
        {
            Assert.True(attempt < 10_000, "the disk does not fill");
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
