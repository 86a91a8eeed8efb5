using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NodeMesh.Resources.Tests;

public sealed class ScaleTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [Fact]
    public void Ten_thousand_services_and_workloads_load_within_seconds()
    {
        var text = new StringBuilder(Given.Mesh).Append('\n');
        for (var node = 0; node < 100; node++)
        {
            text.Append(CultureInfo.InvariantCulture, $"---\n{Given.Document("Node", $"addresses: [192.0.2.{node + 1}]", $"{{name: n{node}}}")}");
        }

        for (var i = 0; i < 10_000; i++)
        {
            text.Append("---\n").Append(Given.Document(
                "Workload",
                $"node: n{i % 100}\nselector: {{uid: {i}}}\nports:\n- {{name: http, port: {1000 + (i / 100)}}}",
                $"{{name: w{i}, namespace: shop, labels: {{app: a{i}, tier: web}}}}"));
            text.Append("---\n").Append(Given.Document(
                "Service", $"selector: {{app: a{i}, tier: web}}\nports:\n- {{port: 80, targetPort: http}}", $"{{name: s{i}, namespace: shop}}"));
        }

        var started = Stopwatch.GetTimestamp();
        var load = Given.Load(text.ToString());
        var elapsed = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"{text.Length} characters in {elapsed.TotalSeconds:F2} s");

        Assert.Empty(load.Issues);
        Assert.Equal(20_101, load.Set!.All.Count);
        Assert.Equal(10_000, load.Set.Services.AsEnumerable().Select(service => load.Set.Vips.Of(service).IPv4).Distinct().Count());
        Assert.True(elapsed < TimeSpan.FromSeconds(30), elapsed.ToString());
    }
}
