using System.Globalization;
using System.Text;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Proxy.Tests.Configuration;

/// <summary>A snapshot made of the one before and what changed says the same as one made of everything.</summary>
public sealed class SnapshotStepsTests
{
    private const string Config = "kind: MeshConfig\nmetadata: {name: mesh}\nspec: {trustDomain: example.org, vipRanges: [198.18.0.0/25, 'fd00::/120']}";

    private readonly MeshReader _reader = new();
    private readonly SortedDictionary<string, ResourceFile> _files = new(StringComparer.Ordinal);
    private MeshSnapshot? _snapshot;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Any_changes_lead_to_what_a_first_start_would_make(int seed, bool contested)
    {
        var random = new Random(seed);
        Put("mesh", Config);
        Put("n1", Node("n1", 1));
        Put("n2", Node("n2", 2));
        Assert.True(TryStep());
        var (steps, shared, contests) = (0, 0, 0);
        for (var step = 0; step < 600; step++)
        {
            var kept = _files.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                Change(random, contested);
            }

            var before = _snapshot!;
            if (!TryStep())
            {
                _files.Clear();
                foreach (var (name, file) in kept)
                {
                    _files.Add(name, file);
                }

                continue;
            }

            steps++;
            contests += _snapshot!.Destinations.IsContested ? 1 : 0;
            shared += before.Destinations.Services.Any(service => ReferenceEquals(_snapshot.Destinations.Find(service.Key), service.Value)) ? 1 : 0;
            var fresh = SnapshotCompiler.Compile(ResourceSet.Create(_snapshot.Resources.All.AsEnumerable()), "n1", previous: null, FindUser);
            Assert.Equal(Described(fresh), Described(_snapshot));
        }

        Assert.InRange(steps, 300, 600);
        Assert.InRange(contests, contested ? steps / 10 : 0, steps);
        Assert.InRange(shared, contested ? 1 : steps / 3, steps);
    }

    [Fact]
    public void What_did_not_change_is_the_same_object_and_what_did_keeps_its_state()
    {
        Put("mesh", Config);
        Put("n1", Node("n1", 1));
        Put("a", "kind: Service\nmetadata: {name: a}\nspec: {endpoints: [{address: 203.0.113.1, port: 80}], ports: [{port: 80}]}");
        Put("b", "kind: Service\nmetadata: {name: b}\nspec: {endpoints: [{address: 203.0.113.2, port: 80}], ports: [{port: 80}]}");
        Assert.True(TryStep());
        var before = _snapshot!;
        Put("b", "kind: Service\nmetadata: {name: b}\nspec: {endpoints: [{address: 203.0.113.2, port: 80}, {address: 203.0.113.3, port: 80}], ports: [{port: 80}]}");
        Assert.True(TryStep());
        Assert.Same(before.Services[0], _snapshot!.Services[0]);
        Assert.NotSame(before.Services[1], _snapshot.Services[1]);
        Assert.Same(before.Services[1].Endpoints[0], _snapshot.Services[1].Endpoints[0]);
        Assert.Same(before.DnsNames, _snapshot.DnsNames);
    }

    private static uint? FindUser(string name) => null;

    private static string Node(string name, int number) =>
        $"kind: Node\nmetadata: {{name: {name}}}\nspec: {{addresses: [192.0.2.{number}, 'fd01::{number}']}}";

    private void Put(string name, string text) =>
        _files[name] = new ResourceFile(name, Encoding.UTF8.GetBytes("apiVersion: nodemesh.io/v1\n" + text + "\n"));

    private bool TryStep()
    {
        if (_reader.Load(_files.Values).Set is not { } set)
        {
            return false;
        }

        _snapshot = SnapshotCompiler.Compile(set, "n1", _snapshot, FindUser);
        return true;
    }

    private void Change(Random random, bool contested)
    {
        var number = random.Next(6);
        var kind = random.Next(contested ? 22 : 20);
        var name = $"{(kind < 8 ? "w" : kind < 15 ? "s" : kind < 18 ? "e" : "p")}{number}";
        if (random.Next(4) == 0 && kind < 20)
        {
            _files.Remove(name);
            return;
        }

        var port = random.Next(4) + 8000;
        Put(name, kind switch
        {
            < 8 => $"kind: Workload\nmetadata: {{name: {name}, labels: {{app: a{random.Next(3)}}}}}\nspec: {{node: n{random.Next(2) + 1}, selector: {{uid: {number}}}, "
                + $"ports: [{{name: http, port: {(contested ? port : 8000 + number)}{(contested && random.Next(3) == 0 ? ", address: 192.0.2.1" : "")}, protocol: {(random.Next(2) == 0 ? "http" : "tcp")}}}]}}",
            < 12 => $"kind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: a{random.Next(3)}}}, ports: [{{port: {random.Next(2) + 80}, targetPort: {(random.Next(5) == 0 ? "none" : "http")}}}]}}",
            < 15 => $"kind: Service\nmetadata: {{name: {name}}}\nspec: {{endpoints: [{{address: 203.0.113.{random.Next(3)}, port: 80}}, {{address: 192.0.2.{random.Next(2) + 1}, port: {port}}}], "
                + $"hostnames: [{name}.example.com], ports: [{{port: 80, protocol: {(random.Next(2) == 0 ? "http" : "auto")}}}]{(random.Next(3) == 0 ? $", vips: [10.9.0.{number}]" : "")}}}",
            < 17 => $"kind: ServiceEntry\nmetadata: {{name: {name}}}\nspec: {{hosts: [h{random.Next(4)}.example.net], ports: [{{port: {port}}}], resolution: {(random.Next(2) == 0 ? "dns" : "static, endpoints: [{address: 203.0.113.1}]")}}}",
            < 18 => $"kind: ServiceEntry\nmetadata: {{name: {name}}}\nspec: {{hosts: [r{number}.example.net], addresses: [10.{random.Next(3)}.0.0/16, 203.0.113.{random.Next(3)}/32], ports: [{{port: {port}}}], resolution: none}}",
            < 20 => $"kind: AuthorizationPolicy\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{app: a{random.Next(3)}}}}}, action: DENY, rules: [{{to: [{{operation: {{ports: ['{port}']}}}}]}}]}}",
            20 => $"kind: PeerAuthentication\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{app: a{number % 3}}}}}, mtls: {{mode: {(random.Next(2) == 0 ? "DISABLE" : "PERMISSIVE")}}}}}",
            _ => Node("n3", random.Next(3) + 3).Replace("n3", $"n{number + 3}", StringComparison.Ordinal),
        });
    }

    /// <summary>Everything that a snapshot answers, as lines.</summary>
    private static string Described(MeshSnapshot snapshot)
    {
        var text = new StringBuilder();
        void Say(string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
        foreach (var endpoint in snapshot.Endpoints.OrderBy(endpoint => $"{endpoint.Address}", StringComparer.Ordinal))
        {
            Say($"endpoint {endpoint} {endpoint.Kind} {endpoint.DialAddress} {string.Join(',', endpoint.Alternates)} {endpoint.Identity} {endpoint.NodeName} "
                + $"dialled {snapshot.Dials(null, endpoint.DialAddress)} {snapshot.Dials(endpoint.Identity, endpoint.DialAddress)}");
        }

        foreach (var service in snapshot.Services)
        {
            Say($"service {Described(service)}");
        }

        foreach (var (address, service) in snapshot.Destinations.ByAddress.OrderBy(entry => $"{entry.Key}", StringComparer.Ordinal))
        {
            Say($"address {address} -> {Described(service)}; virtual {snapshot.IsVirtual(address)}");
        }

        foreach (var (dialled, count) in snapshot.Destinations.Dialled.OrderBy(entry => $"{entry.Key}", StringComparer.Ordinal))
        {
            Say($"dialled {dialled} {count}");
        }

        foreach (var probe in (string[])["10.0.1.1:8000", "10.1.1.1:8001", "10.2.1.1:8002", "203.0.113.1:8000", "10.9.0.1:1", "198.18.0.3:1"])
        {
            Say($"probe {probe} {(snapshot.FindService(TestMesh.Address(probe)) is { } found ? Described(found) : "none")} {snapshot.IsVirtual(TestMesh.Address(probe))}");
        }

        foreach (var (name, addresses) in snapshot.DnsNames)
        {
            Say($"name {name} {string.Join(',', addresses)}");
        }

        foreach (var workload in snapshot.Workloads)
        {
            Say($"workload {workload} {workload.Identity} {string.Join(',', workload.Ports.Select(port => $"{port.Port} {port.Application} {port.Mode} {port.Endpoint.Address}"))} "
                + string.Join(',', workload.Authorizer.Explain(default).Policies.Select(policy => policy.Policy)));
        }

        Say($"inbound {string.Join(',', snapshot.InboundPorts)}");
        foreach (var warning in snapshot.Warnings)
        {
            Say($"warning {warning}");
        }

        return text.ToString();
    }

    private static string Described(MeshServicePort port) =>
        $"{port} {port.Service} {port.Protocol} [{string.Join(',', port.Endpoints.ToArray().Select(endpoint => endpoint.ToString()))}] "
        + $"{string.Join(',', port.Names)} {port.IsPassthrough} {port.IsImplied} {port.WorkloadPort}";
}
