using System.Text;
using NodeMesh.Resources.Checking;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

/// <summary>A change that is checked by what it concerns says the same as everything checked from the beginning.</summary>
public sealed class CheckedMeshTests
{
    private static readonly string[] Namespaces = ["a", "b"];
    private static readonly string[] Hosts = ["shop.example", "pay.example", "s0.a.mesh", "s1.b.mesh"];

    public static TheoryData<int, bool> Seeds
    {
        get
        {
            var seeds = new TheoryData<int, bool>();
            for (var seed = 0; seed < 40; seed++)
            {
                seeds.Add(seed, seed % 4 == 0);
            }

            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_change_of_any_mesh_has_the_same_outcome_as_checking_everything(int seed, bool isTight)
    {
        var random = new Random(seed);
        var mesh = CheckedMesh.Empty.Change([Document(MeshConfig(isTight))], []).Mesh!;
        var (accepted, refused, warned) = (0, 0, 0);
        for (var step = 0; step < 150; step++)
        {
            var put = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Document(Any(random, isTight))).DistinctBy(document => document.Key).ToArray();
            var removed = mesh.All.Select(resource => resource.Key).Where(key => key.Kind != "MeshConfig" && random.Next(40) == 0).Where(key => put.All(document => document.Key != key)).ToArray();
            var check = mesh.Change(put, removed);
            var whole = CheckedMesh.Empty.Change(
                [.. mesh.Documents.Where(document => !removed.Contains(document.Key) && put.All(other => other.Key != document.Key)), .. put], []);

            Assert.Equal(whole.Issues.AsEnumerable().Select(Shown), check.Issues.AsEnumerable().Select(Shown));
            Assert.Equal(whole.Mesh is null, check.Mesh is null);
            (accepted, refused, warned) = (accepted + (check.Mesh is null ? 0 : 1), refused + (check.Mesh is null ? 1 : 0), warned + (check.Issues.IsEmpty ? 0 : 1));
            if (check.Mesh is { } next)
            {
                Assert.Equal(whole.Mesh!.All, next.All);
                Assert.Equal(whole.Mesh.WorkloadsOn("n1"), next.WorkloadsOn("n1"));
                mesh = next;
            }
        }

        Assert.InRange(accepted, 5, 145);
        Assert.InRange(refused, 5, 145);
        Assert.InRange(warned, 5, 150);
    }

    [Fact]
    public void A_change_of_one_workload_of_many_does_not_look_at_the_others()
    {
        var many = Enumerable.Range(0, 5_000).Select(i => Document(Given.Document(
            "Workload", $"node: n1\nselector: {{uid: {i}}}\nports:\n- {{name: http, port: {1000 + i}}}", $"{{name: w{i}, namespace: a, labels: {{app: x{i / 10}}}}}"))).ToList();
        var services = Enumerable.Range(0, 500).Select(i => Document(Given.Document(
            "Service", $"selector: {{app: x{i}}}\nports:\n- {{port: 80, targetPort: http}}", $"{{name: s{i}, namespace: a}}")));
        var mesh = CheckedMesh.Empty.Change([Document(MeshConfig(false)), Document(Given.Document("Node", "addresses: [192.0.2.1]", "{name: n1}")), .. many, .. services], []).Mesh!;
        var changed = Document(Given.Document("Workload", "node: n1\nselector: {uid: 7777}\nports:\n- {name: http, port: 7777}", "{name: w1, namespace: a, labels: {app: x1}}"));
        mesh.Change([changed], []);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(mesh.Change([changed], []).Mesh);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 256 * 1024);
    }

    [Fact]
    public void A_reader_gives_the_same_as_one_that_reads_for_the_first_time()
    {
        var random = new Random(1);
        var reader = new MeshReader();
        var files = new Dictionary<string, ResourceFile>(StringComparer.Ordinal) { ["mesh"] = Given.File(MeshConfig(false), "mesh") };
        for (var step = 0; step < 300; step++)
        {
            var name = $"{random.Next(25)}";
            files.Remove(name);
            if (random.Next(3) > 0)
            {
                files.Add(name, Given.File(random.Next(30) == 0 ? "kind: [" : Any(random, false), name));
            }

            var (again, first) = (reader.Load(files.Values), ResourceLoader.Load(files.Values));
            Assert.Equal(first.Issues.AsEnumerable().Select(Shown), again.Issues.AsEnumerable().Select(Shown));
            Assert.Equal(first.Set?.All, again.Set?.All);
        }
    }

    private static string Shown(ResourceIssue issue) => issue.ToString();

    private static MeshDocument Document(string text)
    {
        var key = Assert.Single(ResourceLoader.Parse([new ResourceFile("", Encoding.UTF8.GetBytes(text))]).Resources).Key;
        return Assert.Single(ResourceLoader.Parse([new ResourceFile(key.ToString(), Encoding.UTF8.GetBytes(text))]).Documents);
    }

    private static string MeshConfig(bool isTight) => Given.Document(
        "MeshConfig", isTight ? "trustDomain: example.org\nvipRanges: [198.18.0.0/29]" : "trustDomain: example.org", "{name: mesh}");

    private static string Any(Random random, bool isTight)
    {
        var @namespace = Namespaces[random.Next(2)];
        return random.Next(isTight ? 8 : 7) switch
        {
            0 => Given.Document("Node", $"addresses: [192.0.2.{random.Next(6)}, 198.51.100.{random.Next(30)}]", $"{{name: n{random.Next(4)}}}"),
            1 or 2 => Given.Document(
                "Workload",
                $"node: n{random.Next(4)}\nselector: {{uid: {random.Next(30)}}}\nports:\n- {{name: {(random.Next(4) == 0 ? "grpc" : "http")}, port: {8000 + random.Next(30)}}}",
                $"{{name: w{random.Next(12)}, namespace: {@namespace}, labels: {{app: {"xyz"[random.Next(3)]}, tier: t{random.Next(2)}}}}}"),
            3 => Given.Document(
                "Service",
                $"selector: {{app: {"xyz"[random.Next(3)]}}}\nports:\n- {{port: 80, targetPort: http}}"
                    + (random.Next(3) == 0 ? $"\nhostnames: [{Hosts[random.Next(Hosts.Length)]}]" : "")
                    + (random.Next(3) == 0 ? $"\nvips: [192.0.2.{random.Next(6)}]" : ""),
                $"{{name: s{random.Next(8)}, namespace: {@namespace}}}"),
            4 => Given.Document(
                "ServiceEntry", $"hosts: [{Hosts[random.Next(Hosts.Length)]}]\nports:\n- {{port: {80 + random.Next(2)}}}\nresolution: dns", $"{{name: e{random.Next(3)}, namespace: {@namespace}}}"),
            5 => Given.Document(
                "PeerAuthentication",
                random.Next(3) == 0 ? "mtls: {mode: STRICT}" : $"mtls: {{mode: STRICT}}\nselector: {{matchLabels: {{tier: t{random.Next(3)}, app: {"xyz"[random.Next(3)]}}}}}",
                $"{{name: p{random.Next(4)}, namespace: {(random.Next(4) == 0 ? "nodemesh-system" : @namespace)}}}"),
            6 => Given.Document(
                "AuthorizationPolicy",
                $"selector: {{matchLabels: {{app: {"xyzu"[random.Next(4)]}}}}}\nrules: [{{}}]",
                $"{{name: p{random.Next(4)}, namespace: {(random.Next(4) == 0 ? "nodemesh-system" : @namespace)}}}"),
            _ => random.Next(4) == 0 ? MeshConfig(random.Next(2) == 0) : Given.Document("Service", "endpoints: [{address: 203.0.113.1}]\nports:\n- {port: 80}", $"{{name: s{random.Next(8)}, namespace: {@namespace}}}"),
        };
    }
}
