using System.Net;
using System.Text.Json;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>Files that change while traffic flows.</summary>
public class ConfigurationTests(ServiceMesh mesh) : IClassFixture<ServiceMesh>
{
    private const string Broken = "/etc/nodemesh/resources/broken.yaml";

    [Fact]
    public async Task A_broken_resource_file_changes_nothing_is_reported_and_can_be_mended()
    {
        await using var live = await LineServer.ConnectAsync(mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        var revision = Revision(await mesh.A.Admin.StatusAsync());

        await mesh.A.Machine.WriteFileAsync(Broken, "apiVersion: nodemesh.io/v1\nkind: Workload\nmetadata: { name: x }\nspec: { node: a, selektor: { uid: 1 } }\n");

        await Until.TrueAsync(async () => Rejected(await mesh.A.Admin.StatusAsync()) is not null, "the daemon to notice by itself");
        var status = await mesh.A.Admin.StatusAsync();
        var error = Rejected(status)!.Value.GetProperty("errors")[0];
        Assert.Equal(Broken, error.GetProperty("file").GetString());
        Assert.Equal(4, error.GetProperty("line").GetInt32());
        Assert.Contains("did you mean \"selector\"?", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(revision, Revision(status));
        Assert.Equal("ready", status.GetProperty("state").GetString());
        Assert.Equal(1, (await mesh.A.ScrapeAsync()).Sum("nodemesh_configuration_rejected"));
        await mesh.A.Daemon.WaitForLineAsync("broken.yaml:4");
        await LineServer.AssertLivesAsync(live);
        Assert.StartsWith("server ", await LineServer.CallAsync(mesh.A.Machine, ServiceMesh.Web, LineServer.Vip6), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await mesh.A.ReloadAsync()).Status);

        await mesh.A.Machine.WriteFileAsync(Broken, "apiVersion: nodemesh.io/v1\nkind: Workload\nmetadata: { name: x }\nspec: { node: a, selector: { uid: 2050 } }\n");

        await Until.TrueAsync(async () => Rejected(await mesh.A.Admin.StatusAsync()) is null, "the daemon to take the mended file");
        Assert.True(Revision(await mesh.A.Admin.StatusAsync()) > revision);
        Assert.Equal(0, (await mesh.A.ScrapeAsync()).Sum("nodemesh_configuration_rejected"));
        await LineServer.AssertLivesAsync(live);
        File.Delete(mesh.A.Machine.PathOf(Broken));
    }

    [Fact]
    public async Task Certificates_rotate_under_load_and_nothing_is_lost()
    {
        await using var live = await LineServer.ConnectAsync(mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        var before = await SerialsAsync();
        await using var load = mesh.A.Machine.Start("python3", "/run/peers/many_callers.py", "together", $"{ServiceMesh.Web.Uid}", "1", "300", $"{LineServer.Port}", LineServer.Vip4, LineServer.Vip6);
        for (var round = 0; round < 3; round++)
        {
            var served = mesh.B.ReadAccessLog().Count;
            await Until.TrueAsync(() => load.HasExited || mesh.B.ReadAccessLog().Count > served + 20, "calls to go on");
            foreach (var node in new[] { mesh.A, mesh.B })
            {
                await mesh.Mesh.IssueAsync(node);
            }

            var last = before;
            await Until.TrueAsync(async () => !(last = await SerialsAsync()).Intersect(before).Any(), "the daemons to take the new certificates by themselves");
            before = last;
            await LineServer.AssertLivesAsync(live);
        }

        var result = await load.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal($"{ServiceMesh.Web.Uid} ok\n", result.Output);
        Assert.DoesNotContain(mesh.A.ReadAccessLog(), line => line.Refusal is not null && line.SourceWorkload == "default/web");
    }

    [Fact]
    public async Task The_metrics_satisfy_promtool()
    {
        await LineServer.CallAsync(mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            var options = new CommandOptions { Input = (await node.ScrapeAsync()).Text };
            var result = await node.Machine.RunAsync(options, "promtool", "check", "metrics");
            Assert.True(result.ExitCode == 0, result.ToString());
        }
    }

    [Fact]
    public async Task The_admin_socket_serves_root_and_the_daemon_and_nobody_else()
    {
        string[] curl = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", AdminClient.Socket, "http://nodemeshd/v1/status"];
        Assert.Equal("200", (await mesh.A.Machine.RunAsync("curl", curl)).Output);
        Assert.Equal("200", (await mesh.A.Machine.RunAsync(CommandOptions.As(MeshNode.DaemonUid), "curl", curl)).Output);
        Assert.NotEqual(0, (await mesh.A.Machine.RunAsync(ServiceMesh.Web, "curl", curl)).ExitCode);

        // Even if somebody opens the file to all, the kernel still says who connects.
        await mesh.A.Machine.OutputOfAsync("chmod", "666", AdminClient.Socket);
        Assert.Equal("403", (await mesh.A.Machine.RunAsync(ServiceMesh.Web, "curl", curl)).Output);
        await mesh.A.Machine.OutputOfAsync("chmod", "600", AdminClient.Socket);
    }

    private async Task<HashSet<string>> SerialsAsync()
    {
        var serials = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            foreach (var item in (await node.Admin.GetAsync("v1/certificates")).GetProperty("items").EnumerateArray())
            {
                if (item.TryGetProperty("serialNumber", out var serial))
                {
                    serials.Add(serial.GetString()!);
                }
            }
        }

        return serials;
    }

    private static long Revision(JsonElement status) => status.GetProperty("configuration").GetProperty("revision").GetInt64();

    private static JsonElement? Rejected(JsonElement status) =>
        status.GetProperty("configuration").TryGetProperty("rejected", out var rejected) ? rejected : null;
}
