using System.Text.Json;
using Google.Protobuf;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Options;
using NodeMesh.Xds;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Daemon.Tests.ControlPlane;

/// <summary>A daemon whose controller does not answer.</summary>
public sealed class ControllerAwayTests : IDisposable
{
    private readonly TestMesh _mesh = new();

    private string State => _mesh.Directory.File("node");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task Without_any_configuration_it_is_not_ready_and_says_why()
    {
        await using var daemon = await StartAsync();
        var (status, text) = await daemon.ScrapeAsync("/readyz");
        Assert.Equal(503, status);
        Assert.StartsWith("no configuration has come from a controller yet: ", text, StringComparison.Ordinal);
        var controller = (await daemon.AskAsync("/v1/status")).Body.GetProperty("controller");
        Assert.False(controller.GetProperty("connected").GetBoolean());
        Assert.False(controller.TryGetProperty("ageSeconds", out _));
        var metrics = (await daemon.ScrapeAsync("/metrics")).Body;
        Assert.Contains("\nnodemesh_controller_connected 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("\nnodemesh_controller_configuration_age_seconds ", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_last_good_one_it_is_ready_and_says_how_old_that_is()
    {
        Save();
        File.SetLastWriteTimeUtc(Path.Combine(State, "configuration"), DateTime.UtcNow - TimeSpan.FromHours(1));
        _mesh.Issue();
        await using var daemon = await StartAsync();
        await Wait.UntilAsync(async () => (await Controller(daemon)).TryGetProperty("address", out _), "an attempt to reach the controller");
        var (status, text) = await daemon.ScrapeAsync("/readyz");
        Assert.True(status == 200, text);
        Assert.StartsWith("ready\nno connection to the controller since ", text, StringComparison.Ordinal);
        var controller = await Controller(daemon);
        Assert.Equal(("127.0.0.1:1", 7), (controller.GetProperty("address").GetString(), controller.GetProperty("revision").GetInt64()));
        Assert.InRange(controller.GetProperty("ageSeconds").GetDouble(), 3600, 3700);
        Assert.NotEqual("", controller.GetProperty("trouble").GetString());
        var (_, readiness) = await daemon.AskAsync("/v1/readiness");
        Assert.True(readiness.GetProperty("ready").GetBoolean());
        Assert.Contains("in force is its configuration of ", readiness.GetProperty("remark").GetString(), StringComparison.Ordinal);
        Assert.Matches("\nnodemesh_controller_configuration_age_seconds 36[0-9]{2}", (await daemon.ScrapeAsync("/metrics")).Body);
        Assert.False((await daemon.AskAsync("/v1/status")).Body.GetProperty("configuration").TryGetProperty("directory", out _));
    }

    private static async Task<JsonElement> Controller(RunningDaemon daemon) => (await daemon.AskAsync("/v1/status")).Body.GetProperty("controller");

    private Task<RunningDaemon> StartAsync() => RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh) with
    {
        Controller = new ControlPlaneOptions { Addresses = ["127.0.0.1:1"], TokenFile = _mesh.Directory.File("token"), State = State },
    });

    /// <summary>As an earlier life of the daemon left it.</summary>
    private void Save()
    {
        Directory.CreateDirectory(State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var response = new DeltaDiscoveryResponse { TypeUrl = TypeUrls.Resource, SystemVersionInfo = DeltaVersion.Of(7), Nonce = "1" };
        var documents = TestMesh.Resources.Split("---\n");
        for (var i = 0; i < documents.Length; i++)
        {
            var document = new ResourceDocument { Yaml = ByteString.CopyFromUtf8(documents[i]) };
            response.Resources.Add(new Resource
            {
                Name = $"resource-{i}",
                Version = DeltaVersion.Of(7),
                Resource_ = new Google.Protobuf.WellKnownTypes.Any { TypeUrl = TypeUrls.Resource, Value = document.ToByteString() },
            });
        }

        var state = new DeltaState(TypeUrls.Resource);
        Assert.True(state.Receive(response));
        new SavedConfiguration(State).Save(state.Save());
    }
}
