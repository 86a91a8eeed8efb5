using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Files;

namespace NodeMesh.Daemon.Tests.Files;

public sealed class DirectoryWatcherTests : IAsyncLifetime
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly TemporaryDirectory _directory = new();
    private DirectoryWatcher? _watcher;
    private int _changes;

    [Fact]
    public async Task A_file_that_is_renamed_over_another_is_a_change()
    {
        _directory.Replace("mesh.yaml", "old");
        Start(_directory.Path, Never);

        _directory.Replace("mesh.yaml", "new");

        await ChangesAsync(1);
    }

    [Fact]
    public async Task A_file_that_is_edited_in_place_is_a_change()
    {
        _directory.Replace("mesh.yaml", "old");
        Start(_directory.Path, Never);

        await File.AppendAllTextAsync(_directory.File("mesh.yaml"), "more");

        await ChangesAsync(1);
    }

    [Fact]
    public async Task A_file_in_a_subdirectory_made_later_is_a_change()
    {
        Start(_directory.Path, Never);
        _directory.Make("shop");
        await ChangesAsync(1);
        var before = Volatile.Read(ref _changes);

        _directory.Replace("shop/mesh.yaml", "new");

        await ChangesAsync(before + 1);
    }

    [Fact]
    public async Task A_file_whose_permissions_were_set_right_is_a_change()
    {
        _directory.Replace("cart.key", "key");
        Start(_directory.Path, Never);

        File.SetUnixFileMode(_directory.File("cart.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await ChangesAsync(1);
    }

    [Fact]
    public async Task Many_files_written_together_are_few_changes()
    {
        Start(_directory.Path, Never);

        for (var i = 0; i < 200; i++)
        {
            _directory.Replace($"{i}.yaml", "new");
        }

        await ChangesAsync(1);
        Assert.InRange(Volatile.Read(ref _changes), 1, 20);
    }

    [Fact]
    public async Task A_directory_that_comes_later_is_seen_by_looking()
    {
        Start(_directory.File("later"), TimeSpan.FromMilliseconds(20));

        _directory.Make("later");
        _directory.Replace("later/mesh.yaml", "new");

        await ChangesAsync(1);
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_now_is_seen_by_looking_and_followed()
    {
        _directory.Make("v1");
        _directory.Make("v2");
        _directory.Replace("v2/mesh.yaml", "new");
        Directory.CreateSymbolicLink(_directory.File("current"), "v1");
        Start(_directory.File("current"), TimeSpan.FromMilliseconds(20));

        Directory.Delete(_directory.File("current"));
        Directory.CreateSymbolicLink(_directory.File("current"), "v2");

        await ChangesAsync(1);
    }

    [Fact]
    public async Task A_failing_handler_is_called_again_for_the_next_change()
    {
        _watcher = new DirectoryWatcher(
            _directory.Path,
            () => Interlocked.Increment(ref _changes) == 1 ? throw new InvalidOperationException("first") : Task.CompletedTask,
            TimeProvider.System,
            NullLogger.Instance,
            Never);
        _watcher.Start(DirectoryStamp.Of(_directory.Path));
        _directory.Replace("a.yaml", "1");
        await ChangesAsync(1);

        _directory.Replace("a.yaml", "2");

        await ChangesAsync(2);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_watcher is not null)
        {
            await _watcher.DisposeAsync();
        }

        _directory.Dispose();
    }

    private void Start(string path, TimeSpan pollInterval)
    {
        _watcher = new DirectoryWatcher(path, Count, TimeProvider.System, NullLogger.Instance, pollInterval);
        _watcher.Start(DirectoryStamp.Of(path));
    }

    private Task Count()
    {
        Interlocked.Increment(ref _changes);
        return Task.CompletedTask;
    }

    private Task ChangesAsync(int count) => Wait.UntilAsync(() => Volatile.Read(ref _changes) >= count, $"the handler was called {count} times");
}
