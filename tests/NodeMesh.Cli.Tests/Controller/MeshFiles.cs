namespace NodeMesh.Cli.Tests.Controller;

/// <summary>A small mesh, as its operator writes it.</summary>
internal static class MeshFiles
{
    public const string Mesh = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: example.org }
        ---
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: { name: web-1 }
        spec: { addresses: [192.0.2.1] }

        """;

    public const string Cart = """
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: cart, namespace: shop, labels: { team: shop } }
        spec:
          selector: { app: cart }
          ports: [ { name: http, port: 80, targetPort: 8080 } ]
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: cart-1, namespace: shop, labels: { app: cart, team: shop } }
        spec:
          node: web-1
          selector: { user: cart }
          ports: [ { name: http, port: 8080 } ]

        """;

    public static string CartOnPort(int port) => Cart.Replace("port: 80,", $"port: {port},", StringComparison.Ordinal);
}
