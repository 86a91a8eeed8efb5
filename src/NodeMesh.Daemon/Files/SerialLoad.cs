namespace NodeMesh.Daemon.Files;

/// <summary>
/// Runs a load one at a time, whoever asks for it: the watcher of a directory, SIGHUP and the admin API may at the same moment. Each caller
/// gets a load that began after it asked. One per loader, on the thread pool.
/// </summary>
/// <typeparam name="T">The outcome of a load.</typeparam>
internal sealed class SerialLoad<T>(Func<T> load) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<T> RunAsync()
    {
        await _turn.WaitAsync();
        try
        {
            return load();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
