using System.Net;
using NodeMesh.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>A controller that is killed while operators apply.</summary>
public class ControllerCrashTests(ITestOutputHelper output)
{
    private const int Applies = 1_000;
    private const int Parts = 3;
    private const int History = 100;

    [Fact]
    public async Task No_acknowledged_revision_is_lost_and_none_is_kept_by_half()
    {
        var random = new Random(20_261_126);
        await using var network = await TestNetwork.CreateAsync();
        await using var controller = await ControllerMachine.StartAsync(network, $"history: {History}");
        await controller.ApplyAsync(Mesh.TestMesh.Configuration);
        var (acknowledged, attempted, kills) = (0, 0, 0);
        while (attempted < Applies)
        {
            // How many applies this life lasts, and the one in whose midst it ends.
            var life = random.Next(20, 150);
            for (var i = 0; i < life && attempted < Applies; i++)
            {
                acknowledged = await ApplyAsync(controller, ++attempted);
            }

            var last = ApplyAsync(controller, ++attempted);
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 8));
            await controller.KillAsync();
            kills++;
            acknowledged = await last is var done and > 0 ? done : acknowledged;
            await controller.StartAsync();
            var found = await ReadAsync(controller);
            Assert.True(found.Distinct().Count() == 1, $"a half of revision is kept: {string.Join(", ", found)}");
            Assert.True(found[0] == acknowledged || found[0] == attempted, $"{acknowledged} was acknowledged, {attempted} attempted, {found[0]} is kept");
            var revisions = (await controller.GetAsync("v1/revisions?limit=1000")).GetProperty("revisions").EnumerateArray()
                .Select(revision => revision.GetProperty("number").GetInt64()).ToArray();
            Assert.Equal(Enumerable.Range(0, revisions.Length).Select(back => revisions[0] - back), revisions);
            Assert.Equal(Math.Min(History, revisions[0]), revisions.Length);

            // Revision 1 is the mesh; every other changed all parts.
            var oldest = await controller.GetAsync($"v1/revisions/{revisions[^1]}");
            Assert.Equal(revisions[^1] == 1 ? 1 : Parts, oldest.GetProperty("changes").GetArrayLength());
        }

        output.WriteLine($"{attempted} applies, {kills} kills");
    }

    /// <summary>Sets the same number in every part; gives it when that was acknowledged, else 0.</summary>
    private static async Task<int> ApplyAsync(ControllerMachine controller, int number)
    {
        var content = string.Join("---\n", Enumerable.Range(0, Parts).Select(part => $$"""
            apiVersion: nodemesh.io/v1
            kind: Node
            metadata: { name: part-{{part}}, annotations: { number: "{{number}}" } }
            spec: { addresses: [192.0.2.{{part + 1}}] }

            """));
        try
        {
            var (status, body) = await controller.PostAsync("v1/apply", new { files = new[] { new { name = "parts.yaml", content } } });
            return status == HttpStatusCode.OK ? number : throw new InvalidOperationException($"{status}: {body}");
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static async Task<string[]> TextsAsync(ControllerMachine controller) =>
        [.. (await controller.GetAsync("v1/resources?kind=Node")).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("resource").GetProperty("metadata").GetProperty("annotations").GetProperty("number").GetString()!)];

    private static async Task<int[]> ReadAsync(ControllerMachine controller)
    {
        var numbers = await TextsAsync(controller);
        Assert.Equal(Parts, numbers.Length);
        return [.. numbers.Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
    }
}
