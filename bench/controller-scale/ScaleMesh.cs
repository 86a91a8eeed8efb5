using System.Globalization;
using System.Text;

namespace NodeMesh.ControllerScale;

/// <summary>A mesh of any size as an operator would write it: services, their workloads, spread over the nodes.</summary>
internal sealed class ScaleMesh(int nodes, int services, int endpoints)
{
    public const string TrustDomain = "scale.example";

    /// <summary>Documents in one file; the whole mesh is one apply.</summary>
    private const int InFile = 2_000;

    public int Nodes => nodes;

    public int Services => services;

    public int Resources => 1 + nodes + services + (services * endpoints);

    public static string NodeName(int number) => string.Create(CultureInfo.InvariantCulture, $"node-{number}");

    public IEnumerable<string> Files()
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var document in Documents())
        {
            text.Append("---\n").Append(document);
            if (++count % InFile == 0)
            {
                yield return text.ToString();
                text.Clear();
            }
        }

        yield return text.ToString();
    }

    /// <summary>An endpoint as it is after a number of changes.</summary>
    public string Workload(int service, int endpoint, int changes)
    {
        var number = (service * endpoints) + endpoint;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: nodemesh.io/v1
            kind: Workload
            metadata: {name: s{{service}}-{{endpoint}}, namespace: shop, labels: {app: s{{service}}, version: "{{changes}}" } }
            spec: {node: {{NodeName(number % nodes)}}, selector: {systemdUnit: s{{service}}-{{endpoint}}.service}, ports: [{name: http, port: {{2_000 + (number / nodes)}} }]}

            """);
    }

    private IEnumerable<string> Documents()
    {
        yield return $"apiVersion: nodemesh.io/v1\nkind: MeshConfig\nmetadata: {{name: mesh}}\nspec: {{trustDomain: {TrustDomain}}}\n";
        for (var node = 0; node < nodes; node++)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"apiVersion: nodemesh.io/v1\nkind: Node\nmetadata: {{name: {NodeName(node)}}}\nspec: {{addresses: [172.16.{node / 250}.{(node % 250) + 1}]}}\n");
        }

        for (var service = 0; service < services; service++)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"apiVersion: nodemesh.io/v1\nkind: Service\nmetadata: {{name: s{service}, namespace: shop}}\nspec: {{selector: {{app: s{service}}}, ports: [{{port: 80, targetPort: http}}]}}\n");
            for (var endpoint = 0; endpoint < endpoints; endpoint++)
            {
                yield return Workload(service, endpoint, 0);
            }
        }
    }
}
