using System.ComponentModel;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Tests.Configuration;

/// <summary>Users who come, change and go while the files stay as they are.</summary>
public sealed class ConfigurationLoaderTests : IDisposable
{
    private const string Billing = """
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: {name: billing, namespace: shop}
        spec: {node: web-1, selector: {user: billing}}
        """;

    private readonly TestMesh _mesh = new();
    private readonly Dictionary<string, uint> _users = new(StringComparer.Ordinal);
    private readonly ConfigurationLoader _loader;
    private bool _databaseFails;

    public ConfigurationLoaderTests()
    {
        _mesh.Directory.Replace("resources/billing.yaml", Billing);
        _loader = new ConfigurationLoader(
            new DirectorySource(_mesh.ResourcesPath),
            (resources, previous, findUser) => SnapshotCompiler.Compile(resources, "web-1", previous, findUser),
            FindUser,
            _ => { },
            new MeshMetrics(new MetricRegistry(1, TimeProvider.System)),
            TimeProvider.System,
            NullLogger<ConfigurationLoader>.Instance);
    }

    [Fact]
    public async Task A_selectors_user_who_comes_later_is_found_by_the_next_load()
    {
        var first = await _loader.LoadAsync();
        Assert.Contains(first.State.Snapshot!.Warnings, warning => warning.Contains("billing", StringComparison.Ordinal));

        _users["billing"] = 4001;
        var second = await _loader.LoadAsync();

        Assert.Equal((true, 2, 0), (second.Changed, second.State.Revision, second.State.Warnings));
    }

    [Fact]
    public async Task A_user_who_got_another_number_is_another_revision()
    {
        _users["billing"] = 4001;
        await _loader.LoadAsync();

        _users["billing"] = 4002;

        Assert.True((await _loader.LoadAsync()).Changed);
    }

    [Fact]
    public async Task The_same_users_are_no_new_revision()
    {
        _users["billing"] = 4001;
        await _loader.LoadAsync();

        Assert.False((await _loader.LoadAsync()).Changed);
    }

    [Fact]
    public async Task A_database_that_fails_is_told_and_changes_nothing()
    {
        _users["billing"] = 4001;
        await _loader.LoadAsync();

        _databaseFails = true;
        var failed = await _loader.LoadAsync();
        Assert.Equal((false, 1), (failed.Changed, failed.State.Revision));
        Assert.Contains("the directory is away", failed.State.Rejected!.Errors[0].Message, StringComparison.Ordinal);

        _databaseFails = false;
        Assert.Null((await _loader.LoadAsync()).State.Rejected);
    }

    public void Dispose()
    {
        _loader.Dispose();
        _mesh.Dispose();
    }

    private uint? FindUser(string name) =>
        _databaseFails ? throw new Win32Exception(5, "the directory is away") : _users.TryGetValue(name, out var uid) ? uid : null;
}
