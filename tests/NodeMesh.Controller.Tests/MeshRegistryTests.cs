using NodeMesh.Controller.Registry;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Tests;

/// <summary>Changes of the mesh: whole or not at all, kept, and undone.</summary>
public sealed class MeshRegistryTests : IDisposable
{
    private static readonly ResourceKey Cart = new("Workload", "shop", "cart");

    private readonly TestController _controller = new();

    public void Dispose() => _controller.Dispose();

    [Fact]
    public async Task Several_resources_are_one_revision_that_survives_a_restart()
    {
        var result = await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        Assert.Equal((1, "alice", "test", 3), (result.Revision!.Number, result.Revision.Author, result.Revision.Reason, result.Revision.Changes));
        Assert.All(result.Changes, change => Assert.Equal(ChangeAction.Created, change.Action));
        _controller.Restart();
        Assert.Equal(1, _controller.Registry.Current.Revision);
        Assert.NotNull(_controller.Registry.Current.Find(Cart));
        Assert.Equal(3, Told().Count);
        Assert.Equal(1, _controller.Catalog.Version);
    }

    [Fact]
    public async Task One_wrong_resource_refuses_all_and_names_its_line()
    {
        await _controller.ApplyAsync(TestController.Mesh);
        var result = await _controller.ApplyAsync(TestController.Workload("cart") + "---\n" + TestController.Workload("pay", node: "nowhere"));
        Assert.True(result.IsRefused);
        Assert.Null(result.Revision);
        var issue = Assert.Single(result.Issues);
        Assert.Equal(("test.yaml", 9), (issue.Location.File, issue.Location.Line));
        Assert.Contains("nowhere", issue.Message, StringComparison.Ordinal);
        Assert.Equal(1, _controller.Registry.Current.Revision);
        Assert.Null(_controller.Registry.Current.Find(Cart));
        Assert.Equal(2, Told().Count);
    }

    [Fact]
    public async Task A_deletion_that_leaves_a_reference_without_its_object_is_refused()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        var result = await _controller.ApplyAsync("", request => request with { Deleted = [new ResourceKey("Node", "", "web-1")] });
        Assert.True(result.IsRefused);
        Assert.Equal("Workload shop/cart", Assert.Single(result.Issues).Resource?.ToString());
        Assert.Equal(3, Told().Count);
    }

    [Fact]
    public async Task Who_places_workloads_where_nothing_serves_is_warned_by_node_and_line()
    {
        // As long as no node has joined, the mesh is being set up.
        var mesh = TestController.Mesh + "---\n" + string.Concat("234".Select(number => TestController.Mesh[TestController.Mesh.LastIndexOf("apiVersion", StringComparison.Ordinal)..]
            .Replace("web-1", $"web-{number}", StringComparison.Ordinal).Replace("192.0.2.1", $"192.0.2.{number}", StringComparison.Ordinal) + "---\n"));
        Assert.Empty((await _controller.ApplyAsync(mesh + TestController.Workload("cart"))).Issues);
        foreach (var node in new[] { "web-1", "web-2", "web-3" })
        {
            _controller.Join(node);
        }

        _controller.Nodes.Cordon("web-2", isCordoned: true, "alice");
        _controller.Nodes.Evict("web-3", "alice");
        var workloads = new[] { ("a", "web-1"), ("b", "web-2"), ("c", "web-2"), ("d", "web-3"), ("e", "web-4") };
        var yaml = string.Join("---\n", workloads.Select(pair => TestController.Workload(pair.Item1, pair.Item2)));
        var dry = await _controller.ApplyAsync(yaml, request => request with { DryRun = true });
        var result = await _controller.ApplyAsync(yaml);
        Assert.NotNull(result.Revision);
        Assert.Equal(
            [
                "test.yaml:9:15: warning: Workload shop/b: spec.node: web-2 is cordoned: no new traffic of other nodes goes there until nodemeshctl node uncordon web-2 (1 more of these is placed there)",
                "test.yaml:19:15: warning: Workload shop/d: spec.node: web-3 was evicted: nothing serves there until it joins anew, with a token of nodemeshctl node token create web-3",
                "test.yaml:24:15: warning: Workload shop/e: spec.node: web-4 has not joined: others count on what is placed there, and it knows nothing of it; nodemeshctl node token create web-4 lets it in",
            ],
            result.Issues.Select(issue => $"{issue}"));
        Assert.Equal(result.Issues.Select(issue => $"{issue}"), dry.Issues.Select(issue => $"{issue}"));

        // What is as it was is nobody's doing now.
        Assert.Empty((await _controller.ApplyAsync(yaml)).Issues);
    }

    [Fact]
    public async Task What_is_the_same_makes_no_revision()
    {
        await _controller.ApplyAsync(TestController.Mesh);
        var result = await _controller.ApplyAsync(TestController.Mesh);
        Assert.Null(result.Revision);
        Assert.All(result.Changes, change => Assert.Equal(ChangeAction.Unchanged, change.Action));
        Assert.Equal(1, _controller.Store.Newest);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_changes_nothing()
    {
        await _controller.ApplyAsync(TestController.Mesh);
        var result = await _controller.ApplyAsync(TestController.Workload("cart"), request => request with { DryRun = true });
        Assert.Equal(ChangeAction.Created, Assert.Single(result.Changes).Action);
        Assert.Null(result.Revision);
        Assert.Equal(2, _controller.Store.Resources().Count);
    }

    [Fact]
    public async Task What_changed_since_the_author_looked_is_not_overwritten()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        await _controller.ApplyAsync(TestController.Workload("cart", labels: "app: cart"));
        await Assert.ThrowsAsync<RevisionConflictException>(
            () => _controller.ApplyAsync(TestController.Workload("cart", labels: "app: mine"), request => request with { Base = 1 }));
        Assert.Equal(2, _controller.Store.Newest);
        await _controller.ApplyAsync(TestController.Workload("cart", labels: "app: mine"), request => request with { Base = 2 });
        Assert.Equal(3, _controller.Store.Newest);
    }

    [Fact]
    public async Task Pruning_deletes_what_has_the_labels_and_is_not_given_any_more()
    {
        await _controller.ApplyAsync(
            TestController.Mesh + "---\n" + TestController.Workload("cart") + "---\n" + TestController.Workload("old") + "---\n" + TestController.Workload("other", labels: "app: db"));
        var result = await _controller.ApplyAsync(TestController.Workload("cart"), request => request with { Prune = Labels.Of(("app", "web")) });
        Assert.Equal("Workload shop/old", Assert.Single(result.Changes, change => change.Action == ChangeAction.Deleted).Key.ToString());
        Assert.Equal(4, _controller.Store.Resources().Count);
        Assert.Equal(4, Told().Count);
    }

    [Fact]
    public async Task A_rollback_is_a_new_revision_with_everything_as_it_was()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        await _controller.ApplyAsync(TestController.Workload("cart", labels: "app: changed") + "---\n" + TestController.Workload("new"));
        var result = await _controller.Registry.RollBackAsync(1, "bob", dryRun: false);
        Assert.Equal((3, "bob"), (result.Revision!.Number, result.Revision.Author));
        Assert.Equal(3, _controller.Store.Resources().Count);
        Assert.Equal("web", _controller.Registry.Current.Find(Cart)!.Metadata.Labels["app"]);
        Assert.Equal(3, Told().Count);
        var changes = _controller.Store.Changes(3);
        Assert.Equal(["Workload shop/cart", "Workload shop/new"], changes.Select(change => change.Key.ToString()));
        Assert.NotNull(changes[0].After);
        Assert.Null(changes[1].After);
        Assert.NotNull(changes[1].Before);
    }

    [Fact]
    public async Task Another_trust_domain_than_the_controllers_is_refused()
    {
        var result = await _controller.ApplyAsync(TestController.Mesh.Replace("test.example", "other.example", StringComparison.Ordinal));
        Assert.Contains("is not the controller's trust domain; write test.example", Assert.Single(result.Issues).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_tells_what_each_revision_changed()
    {
        await _controller.ApplyAsync(TestController.Mesh);
        await _controller.ApplyAsync(TestController.Workload("cart"));
        await _controller.ApplyAsync("", request => request with { Deleted = [Cart] });
        Assert.Equal([3, 2, 1], _controller.Store.Revisions(long.MaxValue, 10).Select(revision => revision.Number));
        Assert.Equal([1], _controller.Store.Revisions(2, 10).Select(revision => revision.Number));
        var deleted = Assert.Single(_controller.Store.Changes(3));
        Assert.Equal((true, true), (deleted.Before is not null, deleted.After is null));
        Assert.Empty(_controller.Store.ChangesSince(3));
        var lost = Assert.Single(_controller.Store.ChangesSince(2));
        Assert.Equal((Cart, true, false), (lost.Key, lost.Before is not null, lost.After is not null));
        var passed = Assert.Single(_controller.Store.ChangesSince(1));
        Assert.Equal((Cart, false, false), (passed.Key, passed.Before is not null, passed.After is not null));
    }

    [Fact]
    public async Task A_rollback_brings_back_what_was_deleted_and_leaves_alone_what_came_and_went()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        await _controller.ApplyAsync(TestController.Workload("new"));
        await _controller.ApplyAsync("", request => request with { Deleted = [Cart, new ResourceKey("Workload", "shop", "new")] });
        var result = await _controller.Registry.RollBackAsync(1, "bob", dryRun: false);
        var change = Assert.Single(result.Changes);
        Assert.Equal((Cart, ChangeAction.Created), (change.Key, change.Action));
        Assert.Equal(3, _controller.Store.Resources().Count);
    }

    [Fact]
    public async Task What_is_to_be_deleted_and_is_not_there_is_an_error_but_where_that_is_right()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        ResourceKey[] both = [Cart, new ResourceKey("Workload", "shop", "other")];
        var refused = await _controller.ApplyAsync("", request => request with { Deleted = both });
        Assert.Equal("there is no such resource", Assert.Single(refused.Issues).Message);
        var done = await _controller.ApplyAsync("", request => request with { Deleted = both, IgnoreMissing = true });
        Assert.Equal(Cart, Assert.Single(done.Changes).Key);
        Assert.Null((await _controller.ApplyAsync("", request => request with { Deleted = both, IgnoreMissing = true })).Revision);
    }

    private Dictionary<string, string> Told() => _controller.Catalog.Against(new Dictionary<string, string>(StringComparer.Ordinal))
        .Entries.ToDictionary(entry => entry.Name, entry => entry.Version, StringComparer.Ordinal);
}
