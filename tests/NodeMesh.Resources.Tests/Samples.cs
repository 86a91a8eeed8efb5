namespace NodeMesh.Resources.Tests;

/// <summary>Resources that between them give every field.</summary>
internal static class Samples
{
    public const string Text = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: {name: mesh, labels: {env: prod}, annotations: {example.org/owner: "The mesh team <mesh@example.org>: ask #mesh"}}
        spec:
          trustDomain: example.org
          vipRanges: [10.200.0.0/16]
          dnsDomain: svc.internal
          egress: {mode: RegistryOnly}
          unknownSources: Plaintext
          http:
            maxHeaderBytes: 8192
            maxHeaderFields: 50
            maxRequestLineBytes: 4096
            maxConcurrentStreams: 10
            maxConcurrentStreamsOutside: 5
            headerTimeout: 5s
            idleTimeout: 1m
            sniffTimeout: 50ms
            mergeSlashes: true
            encodedSlashes: Reject
            floods:
              rapidResets: {burst: 100, perSecond: 10}
              maxUnreadAnswerBytes: 8192
        ---
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: {name: web-1.example.org}
        spec: {addresses: [192.0.2.11, "2001:db8::11"], meshPort: 16008, locality: {region: eu-1, zone: eu-1a}}
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: {name: cart, namespace: shop, labels: {app: cart, version: "2", "true": "true"}}
        spec:
          node: web-1.example.org
          selector: {systemdUnit: cart@1.service, uid: 1001, cgroupPath: /system.slice, executable: /opt/cart/bin/cart server}
          serviceAccount: cart-app
          ports: [{name: http, port: 8080, protocol: http, address: 192.0.2.11}, {name: r6, port: 6379, protocol: tcp, address: "::1"}]
          healthCheck: {interval: 1m30s, timeout: 500ms, healthyThreshold: 2, unhealthyThreshold: 5, tcp: {port: 8081}}
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: {name: web}
        spec: {node: web-1.example.org, selector: {user: "1001"}}
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: {name: cart, namespace: shop}
        spec:
          selector: {app: cart}
          ports: [{name: http, port: 80, targetPort: http, protocol: http2}, {name: two, port: 81, targetPort: 8081}]
          vips: [240.240.0.7, "fd00:240::7"]
          hostnames: [cart.example.org]
          timeouts: {connect: 1s, request: 1m, perTry: 20s, idle: 0s}
          connectionPool: {maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRequestsPerConnection: 4, idleTimeout: 1m30s}
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: {name: db}
        spec: {ports: [{port: 5432}], endpoints: [{address: 192.0.2.50}, {address: "2001:db8::50", port: 6432}]}
        ---
        apiVersion: nodemesh.io/v1
        kind: ServiceEntry
        metadata: {name: pay}
        spec:
          hosts: [pay.example.com, "*.pay.example.com"]
          addresses: [198.51.100.7, 203.0.113.0/24, "2001:db8:1::/48"]
          ports: [{name: https, port: 443, protocol: tls}]
          resolution: dns
          endpoints: [{address: pay-1.example.com}, {address: 198.51.100.8, port: 8443}]
        ---
        apiVersion: nodemesh.io/v1
        kind: PeerAuthentication
        metadata: {name: cart, namespace: shop}
        spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {9100: {mode: DISABLE}, 8080: {mode: STRICT}}}
        ---
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: {name: nobody}
        spec: {}
        ---
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: {name: cart, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          action: DENY
          dryRun: true
          rules:
          - {}
          - from:
            - source:
                principals: ["spiffe://example.org/ns/shop/sa/web", "*/sa/admin", "spiffe://example.org/*", "*"]
                notPrincipals: ["spiffe://example.org/ns/shop/sa/old"]
                requestPrincipals: ["https://issuer.example/*"]
                notRequestPrincipals: ["*/guest"]
                namespaces: [shop, "007"]
                notNamespaces: ["test-*"]
                serviceAccounts: [web, billing/worker]
                notServiceAccounts: [old]
                trustDomains: [example.org]
                notTrustDomains: ["*.test"]
                ipBlocks: [10.0.0.0/8, 192.0.2.7]
                notIpBlocks: ["2001:db8::/32"]
                remoteIpBlocks: [203.0.113.0/24]
                notRemoteIpBlocks: [203.0.113.9]
            - source: {namespaces: [billing]}
            to:
            - operation:
                hosts: ["*.example.org"]
                notHosts: [old.example.org]
                ports: ["8080", 9090]
                notPorts: ["22"]
                methods: [GET, "P*"]
                notMethods: [DELETE]
                paths: [/a, "/a*", "*/z", "*", "/v/{*}/x/{**}"]
                notPaths: [/admin]
            when:
            - {key: "request.headers[X-Team]", values: [a, "b*", "007", "true"]}
            - {key: "request.auth.claims[realm][role]", notValues: [guest]}
            - {key: request.auth.principal, values: ["*"]}
            - {key: source.ip, values: [10.0.0.0/8], notValues: [10.1.0.0/16]}
            - {key: source.principal, values: ["spiffe://example.org/ns/a/sa/b"]}
            - {key: source.serviceAccount, values: [a/b]}
            - {key: destination.port, values: ["8080", 9090]}
            - {key: connection.sni, values: [cart.example.org]}
        """;

    public static ValueList<Resource> All()
    {
        var parse = Given.Parse(Text);
        Assert.True(parse.Issues.IsEmpty, string.Join('\n', parse.Issues.AsEnumerable()));
        return parse.Resources;
    }
}
