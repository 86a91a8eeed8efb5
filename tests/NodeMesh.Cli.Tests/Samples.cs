namespace NodeMesh.Cli.Tests;

/// <summary>A small mesh, as the daemon tells it.</summary>
internal static class Samples
{
    public const string Resources = """
        { "revision": 3, "items": [
          { "apiVersion": "nodemesh.io/v1", "kind": "AuthorizationPolicy", "metadata": { "name": "no-web", "namespace": "shop" },
            "spec": { "selector": { "matchLabels": { "app": "cart" } }, "action": "DENY", "dryRun": true, "rules": [ { "from": [ { "source": { "principals": ["*/web"] } } ] } ] } },
          { "apiVersion": "nodemesh.io/v1", "kind": "MeshConfig", "metadata": { "name": "mesh" },
            "spec": { "trustDomain": "example.org", "vipRanges": ["240.240.0.0/16", "fd00:240::/64"], "dnsDomain": "mesh", "egress": { "mode": "AllowAny" }, "unknownSources": "OutsideOnly" } },
          { "apiVersion": "nodemesh.io/v1", "kind": "Node", "metadata": { "name": "web-1" },
            "spec": { "addresses": ["192.0.2.1", "2001:db8::1"], "meshPort": 15008, "locality": { "region": "eu", "zone": "a" } } },
          { "apiVersion": "nodemesh.io/v1", "kind": "PeerAuthentication", "metadata": { "name": "strict", "namespace": "shop" },
            "spec": { "selector": { "matchLabels": { "app": "cart" } }, "mtls": { "mode": "STRICT" }, "portLevelMtls": { "8080": { "mode": "PERMISSIVE" } } } },
          { "apiVersion": "nodemesh.io/v1", "kind": "Service", "metadata": { "name": "cart", "namespace": "shop" },
            "spec": { "selector": { "app": "cart" }, "ports": [ { "name": "http", "port": 80, "targetPort": 8080, "protocol": "http" } ] } },
          { "apiVersion": "nodemesh.io/v1", "kind": "Workload", "metadata": { "name": "cart-1", "namespace": "shop", "labels": { "app": "cart" } },
            "spec": { "node": "web-1", "selector": { "user": "cart" }, "serviceAccount": "cart", "ports": [ { "name": "http", "port": 8080, "address": "127.0.0.1", "protocol": "http" } ] } },
          { "apiVersion": "nodemesh.io/v1", "kind": "Workload", "metadata": { "name": "cart-2", "namespace": "shop", "labels": { "app": "cart" } },
            "spec": { "node": "web-2", "selector": { "uid": 1001 }, "serviceAccount": "cart", "ports": [ { "name": "http", "port": 8080 } ] } }
        ] }
        """;
}
