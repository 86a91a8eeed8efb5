using System.Diagnostics;
using System.Net;
using System.Text.Json;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>Backup and the way back, with the commands of docs/controller.md as they stand there.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Parts = 3;

    /// <summary>Enough for changes to be made while the copy is.</summary>
    private const int Others = 5_000;

    private readonly DirectoryInfo _backup = Directory.CreateTempSubdirectory("nodemesh-backup-");
    private readonly DirectoryInfo _fresh = Directory.CreateTempSubdirectory("nodemesh-fresh-");

    public void Dispose()
    {
        _backup.Delete(recursive: true);
        _fresh.Delete(recursive: true);
    }

    [Fact]
    public async Task A_copy_that_was_made_while_operators_apply_is_the_mesh_of_one_moment_and_its_authority_signs_on()
    {
        await using var server = await RunningServer.StartAsync();
        await server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart") + string.Concat(Enumerable.Range(0, Others).Select(number => "---\n" + TestController.Workload($"w{number}"))));
        var steady = await server.JoinAsync("web-1");
        var renewing = await JoinAsync(server, "web-2");
        var evicted = await JoinAsync(server, "web-3");
        var bundle = TrustBundle.Parse(TestController.TrustDomain, JsonSerializer.SerializeToUtf8Bytes(await server.GetAsync("v1/bundle")));

        using var enough = new CancellationTokenSource();
        var applied = 0;
        var applying = Task.Run(async () =>
        {
            for (var number = 1; !enough.IsCancellationRequested; number++)
            {
                await server.ApplyAsync(PartsOf(number));
                Volatile.Write(ref applied, number);
            }
        });
        await UntilAsync(() => Volatile.Read(ref applied) > 0);
        var before = Volatile.Read(ref applied);
        foreach (var command in Documented(server.Options.Data))
        {
            await RunAsync(command);
        }

        var after = Volatile.Read(ref applied) + 1;
        Assert.True(after > before + 1, "nothing was applied while the copy was made");
        await enough.CancelAsync();
        await applying;

        // What has happened since, the copy does not know.
        var request = RunningServer.RequestOf("/nodemesh/node/web-2");
        var renewed = RunningServer.Complete(request, await server.RenewAsync(renewing, request));
        await server.RenewAsync(renewed, RunningServer.RequestOf("/nodemesh/node/web-2"));
        await server.AskAsync(HttpMethod.Post, "v1/nodes/web-3/evict");

        await RunAsync($"chmod 700 {_fresh.FullName} && cp -a {_backup.FullName}/. {_fresh.FullName}/");
        await using var restored = await RunningServer.StartAsync(options => options with { Data = _fresh.FullName });
        var found = await NumbersAsync(restored);
        Assert.Single(found.Distinct());
        Assert.InRange(found[0], before, after);
        Assert.Equal(Others + Parts + 3, (await restored.GetAsync("v1/status")).GetProperty("resources").GetInt32());
        var revision = (await restored.GetAsync("v1/status")).GetProperty("revision").GetInt64();
        Assert.Equal((await server.GetAsync($"v1/revisions/{revision}")).GetRawText(), (await restored.GetAsync($"v1/revisions/{revision}")).GetRawText());
        Assert.Equal(revision + 1, await restored.ApplyAsync(PartsOf(after + 1)));

        // The authority is the same: what it signs now is good under the bundle of before.
        var cart = RunningServer.RequestOf("/ns/shop/sa/cart");
        var signed = RunningServer.Complete(cart, await restored.SignAsync(steady, "/ns/shop/sa/cart", cart));
        Assert.True(new SvidValidator(new TrustBundleSet([bundle]), restored.Time).Validate(signed.Chain, cart.Id).IsValid);

        // A certificate of a time after the copy is a stranger's, and the way in is a token; who was evicted since is in.
        var (status, problem) = await restored.RenewAsync(renewed, RunningServer.RequestOf("/nodemesh/node/web-2"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("was replaced", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await JoinAsync(restored, "web-2");
        Assert.Equal(HttpStatusCode.OK, (await restored.RenewAsync(evicted, RunningServer.RequestOf("/nodemesh/node/web-3"))).Status);
    }

    private static async Task<X509Svid> JoinAsync(RunningServer server, string node)
    {
        var request = RunningServer.RequestOf($"/nodemesh/node/{node}");
        return RunningServer.Complete(request, await server.JoinAsync(await server.TokenAsync(node), request));
    }

    /// <summary>The same number in every part: a copy of half a change has two.</summary>
    private static string PartsOf(int number) => string.Join("---\n", Enumerable.Range(0, Parts).Select(part => TestController.Workload($"part-{part}", labels: $"number: \"{number}\"")));

    private static async Task<int[]> NumbersAsync(RunningServer server) =>
        [.. (await server.GetAsync("v1/resources?kind=Workload")).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("resource").GetProperty("metadata").GetProperty("labels"))
            .Where(labels => labels.TryGetProperty("number", out _))
            .Select(labels => int.Parse(labels.GetProperty("number").GetString()!, System.Globalization.CultureInfo.InvariantCulture))];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private static async Task RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { UseShellExecute = false, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, $"{command}: {await error}");
    }

    /// <summary>The commands of the manual, with the places of this test.</summary>
    private string[] Documented(string data)
    {
        var manual = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "controller.md"));
        var section = manual[manual.IndexOf("\n## Backup\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)];
        string[] commands = [.. section.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim()
            .Replace("/var/lib/nodemesh-controller", data, StringComparison.Ordinal).Replace("/backup/", $"{_backup.FullName}/", StringComparison.Ordinal))];
        Assert.Equal(["sqlite3", "cp"], commands.Select(command => command.Split(' ')[0]));
        return commands;
    }
}
