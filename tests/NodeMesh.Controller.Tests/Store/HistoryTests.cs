using System.Text;
using Microsoft.Data.Sqlite;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Tests.Store;

/// <summary>The store, where the history is as long as the settings say and no longer.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nodemesh-history-");
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_is_kept_is_told_as_if_everything_were()
    {
        var random = new Random(20_261_126);
        var names = Enumerable.Range(0, 6).Select(number => $"w{number}").ToArray();
        using var whole = Open("whole.db", 1_000_000);
        var shortened = Open("short.db", 7);
        for (var step = 1; step <= 250; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var changed = names.Where(_ => random.Next(4) == 0).ToArray();
            RevisionChange[] changes = [.. changed.Select(name => Change(name, random.Next(4) == 0 ? null : $"{step}"))];
            whole.Commit("alice", "test", changes);
            shortened.Commit("alice", "test", changes);
            if (step % 20 == 0)
            {
                shortened.Dispose();
                shortened = Open("short.db", 7);
            }

            Assert.Equal((step, Math.Max(1, step - 6)), (shortened.Newest, shortened.Oldest));
            Assert.Equal(TextOf(whole.Resources()), TextOf(shortened.Resources()));
            Assert.Equal(whole.Revisions(long.MaxValue, 7), shortened.Revisions(long.MaxValue, 1_000));
            for (var revision = shortened.Oldest; revision <= step; revision++)
            {
                Assert.Equal(TextOf(whole.Changes(revision)), TextOf(shortened.Changes(revision)));
                Assert.Equal(TextOf(whole.ChangesSince(revision)), TextOf(shortened.ChangesSince(revision)));
            }
        }

        shortened.Dispose();

        // No more is left than resources and their last state before the oldest need.
        Assert.InRange(Count("short.db", "history"), 1, 7 * names.Length + names.Length);
        Assert.InRange(Count("short.db", "revisions"), 7, 7 + names.Length);
    }

    [Fact]
    public void A_history_that_is_to_be_shorter_is_shortened_a_little_with_each_change()
    {
        using (var store = Open("mesh.db", 1_000))
        {
            for (var step = 1; step <= 250; step++)
            {
                store.Commit("alice", "test", [Change("cart", $"{step}")]);
            }

            store.Commit("alice", "test", [.. Enumerable.Range(0, 1_500).Select(number => Change($"w{number}", "x"))]);
            Assert.Equal(1, store.Oldest);
        }

        using var shorter = Open("mesh.db", 10);
        var oldest = new List<long>();
        for (var step = 0; step < 14; step++)
        {
            shorter.Commit("alice", "test", [Change("cart", $"again {step}")]);
            oldest.Add(shorter.Oldest);
        }

        // A hundred at a time; the long revision, 251, by itself.
        Assert.Equal([101, 201, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256], oldest);
        Assert.Equal(1_501, shorter.Resources().Count);
        Assert.Equal(251, shorter.Resources()[^1].Revision);
    }

    [Fact]
    public void A_change_that_cannot_remove_what_is_old_changes_nothing()
    {
        var store = Open("mesh.db", 3);
        for (var step = 1; step <= 5; step++)
        {
            store.Commit("alice", "test", [Change("cart", $"{step}")]);
        }

        Execute("mesh.db", "CREATE TRIGGER broken BEFORE UPDATE ON horizon BEGIN SELECT RAISE(ABORT, 'torn'); END");
        Assert.Contains("torn", Assert.Throws<StoreException>(() => store.Commit("alice", "test", [Change("cart", "6")])).Message, StringComparison.Ordinal);
        Assert.Equal((5, 3), (store.Newest, store.Oldest));
        store.Dispose();
        store = Open("mesh.db", 3);
        Assert.Equal((5, 3), (store.Newest, store.Oldest));
        Assert.Equal("cart: 4 > 5", TextOf(store.Changes(5)));
        Assert.Equal("cart: 2 > 3", TextOf(store.Changes(3)));
        Execute("mesh.db", "DROP TRIGGER broken");
        store.Commit("alice", "test", [Change("cart", "6")]);
        Assert.Equal((6, 4), (store.Newest, store.Oldest));
        store.Dispose();
    }

    [Fact]
    public void A_store_of_the_format_before_has_all_its_history()
    {
        using (var store = Open("mesh.db", 1_000))
        {
            store.Commit("alice", "test", [Change("cart", "1")]);
            store.Commit("alice", "test", [Change("cart", "2")]);
        }

        Execute("mesh.db", "DROP TABLE horizon; PRAGMA user_version = 1");
        using var opened = Open("mesh.db", 2);
        Assert.Equal((2, 1), (opened.Newest, opened.Oldest));
        opened.Commit("alice", "test", [Change("cart", "3")]);
        Assert.Equal((3, 2), (opened.Newest, opened.Oldest));
        Assert.Equal("cart: 1 > 2", TextOf(opened.Changes(2)));
    }

    private static RevisionChange Change(string name, string? yaml) =>
        new(new ResourceKey("Workload", "shop", name), null, yaml is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(yaml));

    private static string TextOf(IEnumerable<RevisionChange> changes) =>
        string.Join(", ", changes.Select(change => $"{change.Key.Name}: {TextOf(change.Before)} > {TextOf(change.After)}"));

    private static string TextOf(IEnumerable<StoredResource> resources) =>
        string.Join(", ", resources.Select(resource => $"{resource.Key.Name}: {resource.Revision} {resource.At:O} {TextOf(resource.Yaml)}"));

    private static string TextOf(ReadOnlyMemory<byte>? yaml) => yaml is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "none";

    private SqliteStore Open(string name, int history) => new(Path.Combine(_directory.FullName, name), history, _time);

    private long Count(string name, string table) => (long)Execute(name, $"SELECT count(*) FROM {table}")!;

    private object? Execute(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_directory.FullName, name)};Pooling=False");
        connection.Open();
#pragma warning disable CA2100 // Constants of this class.
        using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
