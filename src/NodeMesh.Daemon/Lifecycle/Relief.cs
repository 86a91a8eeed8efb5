namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// How a daemon that is stopped learns when to take no more: it leaves a file in the service's runtime directory and goes on until somebody removes it. Its
/// successor does as soon as it listens on the same sockets; where there is to be none, the unit does (ExecStopPost). One per daemon, used by one thread
/// at a time.
/// </summary>
internal sealed class Relief
{
    private const string FileName = "serving-until-relieved";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly string? _file;
    private readonly TimeProvider _time;

    /// <param name="runtimeDirectory">RUNTIME_DIRECTORY, as systemd sets it; null for none: then nobody is relieved, and nobody waits for it.</param>
    public Relief(string? runtimeDirectory, TimeProvider time)
    {
        _file = string.IsNullOrEmpty(runtimeDirectory) ? null : Path.Combine(runtimeDirectory.Split(':')[0], FileName);
        _time = time;
    }

    /// <summary>Wants to be relieved from now on.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Ask()
    {
        if (_file is not null)
        {
            File.WriteAllBytes(_file, []);
        }
    }

    /// <summary>Relieves whoever asked for it before.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Give()
    {
        if (_file is not null)
        {
            File.Delete(_file);
        }
    }

    /// <summary>Until relief has come, or for so long at the most. True when it has come.</summary>
    public async Task<bool> WaitAsync(TimeSpan patience)
    {
        var began = _time.GetTimestamp();
        while (_file is not null && File.Exists(_file))
        {
            if (_time.GetElapsedTime(began) >= patience)
            {
                return false;
            }

            await Task.Delay(Poll, _time);
        }

        return true;
    }
}
