using System.Diagnostics;
using System.Globalization;
using System.Text;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Loading;
using Xunit.Abstractions;

namespace NodeMesh.Daemon.Tests.Configuration;

/// <summary>What one changed document costs a node in a mesh of 5,000 services with 10 endpoints each.</summary>
public sealed class ConfigurationScaleTests(ITestOutputHelper output)
{
    private const int Nodes = 1_000;
    private const int Services = 5_000;
    private const int Endpoints = 10;
    private const int Changes = 5;

    [Fact]
    public void One_change_among_fifty_thousand_endpoints_costs_what_it_concerns()
    {
        var files = Documents().Select((text, number) => File(number, text)).ToArray();
        var reader = new MeshReader();
        var (first, snapshot) = Load(reader, files, null);
        output.WriteLine($"{files.Length} resources: the first time {first.Reading.TotalMilliseconds:0} ms to read, {first.Compiling.TotalMilliseconds:0} ms to compile");
        var (best, least) = (TimeSpan.MaxValue, long.MaxValue);
        for (var change = 1; change <= Changes; change++)
        {
            files[^1] = File(files.Length - 1, Workload(Services - 1, Endpoints - 1, change));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var (again, next) = Load(reader, files, snapshot);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            output.WriteLine($"one changed: {again.Reading.TotalMilliseconds:0} ms to read, {again.Compiling.TotalMilliseconds:0} ms to compile, {allocated / 1024} KiB");
            snapshot = next;
            least = Math.Min(allocated, least);
            best = again.Reading + again.Compiling < best ? again.Reading + again.Compiling : best;
        }

        Assert.InRange(best, TimeSpan.Zero, (first.Reading + first.Compiling) / 50);
        Assert.InRange(least, 1, 1024 * 1024);
    }

    private static ((TimeSpan Reading, TimeSpan Compiling) Times, MeshSnapshot Snapshot) Load(MeshReader reader, ResourceFile[] files, MeshSnapshot? previous)
    {
        var began = Stopwatch.GetTimestamp();
        var load = reader.Load(files);
        var reading = Stopwatch.GetElapsedTime(began);
        Assert.Empty(load.Issues);
        began = Stopwatch.GetTimestamp();
        var snapshot = SnapshotCompiler.Compile(load.Set!, "n0", previous, _ => null);
        return ((reading, Stopwatch.GetElapsedTime(began)), snapshot);
    }

    private static ResourceFile File(int number, string text) => new(number.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(text));

    private static IEnumerable<string> Documents()
    {
        yield return "apiVersion: nodemesh.io/v1\nkind: MeshConfig\nmetadata: {name: mesh}\nspec: {trustDomain: test.example}\n";
        for (var node = 0; node < Nodes; node++)
        {
            yield return $"apiVersion: nodemesh.io/v1\nkind: Node\nmetadata: {{name: n{node}}}\nspec: {{addresses: [172.16.{node / 250}.{(node % 250) + 1}]}}\n";
        }

        for (var service = 0; service < Services; service++)
        {
            yield return $"apiVersion: nodemesh.io/v1\nkind: Service\nmetadata: {{name: s{service}, namespace: shop}}\nspec: {{selector: {{app: s{service}}}, ports: [{{port: 80, targetPort: http}}]}}\n";
            for (var endpoint = 0; endpoint < Endpoints; endpoint++)
            {
                yield return Workload(service, endpoint, 0);
            }
        }
    }

    private static string Workload(int service, int endpoint, int change)
    {
        var number = (service * Endpoints) + endpoint;
        return $"apiVersion: nodemesh.io/v1\nkind: Workload\nmetadata: {{name: s{service}-{endpoint}, namespace: shop, labels: {{app: s{service}, version: \"{change}\"}}}}\n"
            + $"spec: {{node: n{number % Nodes}, selector: {{systemdUnit: s{service}-{endpoint}.service}}, ports: [{{name: http, port: {2_000 + (number / Nodes)}}}]}}\n";
    }
}
