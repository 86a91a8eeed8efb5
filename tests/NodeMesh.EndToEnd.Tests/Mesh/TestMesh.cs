using System.Net;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.Resources.Loading;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>
/// Machines with daemons that share one set of resources, as files, and one certificate authority. Named services have addresses of the
/// test's choice (<c>vips</c>), so a test can name them without asking.
/// </summary>
internal sealed class TestMesh : IAsyncDisposable
{
    public const string TrustDomain = "test.example";

    private readonly TestNetwork _network;
    private readonly List<MeshNode> _nodes = [];
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    private TestMesh(TestNetwork network) => _network = network;

    public TestNetwork Network => _network;

    public TestAuthority Authority { get; } = new(TrustDomain);

    public IReadOnlyList<MeshNode> Nodes => _nodes;

    public MeshNode this[string name] => _nodes.First(node => node.Machine.Name == name);

    /// <summary>Machines with rules and certificates, but no daemon runs yet. Each is a Node resource too.</summary>
    public static async Task<TestMesh> CreateAsync(string resources, params string[] names)
    {
        Repository.RequireProgram("nodemeshd");
        var mesh = new TestMesh(await TestNetwork.CreateAsync());
        foreach (var name in names)
        {
            var node = new MeshNode(await mesh._network.AddMachineAsync(name));
            mesh._nodes.Add(node);
            await node.InstallAsync();
        }

        mesh._files["nodes.yaml"] = string.Join("---\n", mesh._nodes.Select(node => $$"""
            apiVersion: nodemesh.io/v1
            kind: Node
            metadata: { name: {{node.Machine.Name}} }
            spec: { addresses: [{{node.Machine.IPv4}}, "{{node.Machine.IPv6}}"] }

            """));
        mesh._files["mesh.yaml"] = resources.Contains("kind: MeshConfig", StringComparison.Ordinal) ? resources : Configuration + "---\n" + resources;
        await mesh.WriteAsync();
        return mesh;
    }

    public const string Configuration = $$"""
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: {{TrustDomain}} }

        """;

    /// <summary>A workload on node a that only calls, with the line that parts it from the next resource.</summary>
    public static string Caller(string name, uint uid) => $$"""
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: {{name}} }
        spec: { node: a, selector: { uid: {{uid}} } }
        ---

        """;

    /// <summary>As <see cref="CreateAsync"/>, and every daemon is ready.</summary>
    public static async Task<TestMesh> StartAsync(string resources, params string[] names)
    {
        var mesh = await CreateAsync(resources, names);
        try
        {
            await mesh.StartAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    public Task StartAsync() => Task.WhenAll(_nodes.Select(node => node.StartAsync()));

    /// <summary>Writes a resource file to every node; it is in force everywhere when this returns.</summary>
    public async Task ApplyAsync(string file, string yaml)
    {
        _files[file] = yaml;
        await WriteAsync();
        await ReloadAsync();
    }

    public async Task RemoveAsync(string file)
    {
        _files.Remove(file);
        await WriteAsync();
        await ReloadAsync();
    }

    /// <summary>Issues every workload of the node an identity of its own, and the trust bundle.</summary>
    public async Task IssueAsync(MeshNode node)
    {
        var load = ResourceDirectory.Load(node.Machine.PathOf(MeshNode.ResourceDirectory));
        var set = load.Set ?? throw new InvalidOperationException(string.Join('\n', load.Errors));
        var ids = set.Workloads.Where(workload => workload.Node == node.Machine.Name).Select(workload => workload.SpiffeIdIn(Authority.TrustDomain)).Distinct().ToArray();
        if (ids.Length > 0)
        {
            await node.InstallFilesAsync(MeshNode.IdentityDirectory, directory =>
            {
                foreach (var id in ids)
                {
                    Authority.Issue(id, directory, $"{id.Namespace}.{id.ServiceAccount}");
                }
            });
        }

        await node.InstallFilesAsync("/var/lib/nodemesh/bundles", Authority.WriteBundle);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _network.DisposeAsync();
        Authority.Dispose();
    }

    private async Task WriteAsync()
    {
        foreach (var node in _nodes)
        {
            var directory = node.Machine.PathOf(MeshNode.ResourceDirectory);
            foreach (var old in Directory.EnumerateFiles(directory).Where(path => !_files.ContainsKey(Path.GetFileName(path))))
            {
                File.Delete(old);
            }

            foreach (var (name, yaml) in _files)
            {
                var path = $"{MeshNode.ResourceDirectory}/{name}";
                if (!File.Exists(node.Machine.PathOf(path)) || await node.Machine.ReadFileAsync(path) != yaml)
                {
                    await node.Machine.WriteFileAsync(path, yaml);
                }
            }

            await IssueNewAsync(node);
        }
    }

    private async Task IssueNewAsync(MeshNode node)
    {
        var load = ResourceDirectory.Load(node.Machine.PathOf(MeshNode.ResourceDirectory));
        if (load.Set?.Workloads.Where(workload => workload.Node == node.Machine.Name)
            .Any(workload => !File.Exists(node.Machine.PathOf($"{MeshNode.IdentityDirectory}/{workload.Namespace}.{workload.ServiceAccount}.crt"))) ?? true)
        {
            await IssueAsync(node);
        }
    }

    private async Task ReloadAsync()
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            var (status, body) = await node.ReloadAsync();
            if (status != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"{node.Machine.Name} rejects the resources: {body}");
            }
        }
    }
}
