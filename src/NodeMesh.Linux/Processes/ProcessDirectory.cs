using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Processes;

/// <summary>
/// A held <c>/proc/PID</c>. Everything is read relative to the open directory, which belongs to one process for ever: once that process is
/// gone every read fails, even when its pid lives again. Short-lived, owned by whoever looks; blocking, so not for an event loop.
/// </summary>
public sealed class ProcessDirectory : IDisposable
{
    private const string DeletedSuffix = " (deleted)";
    private const int CgroupFileLength = 16_384;

    private readonly SafeFileHandle _directory;

    private ProcessDirectory(int pid, SafeFileHandle directory)
    {
        Pid = pid;
        _directory = directory;
    }

    public int Pid { get; }

    /// <summary>Opens the directory; null when no such process exists.</summary>
    public static ProcessDirectory? TryOpen(int pid)
    {
        var directory = ProcessInterop.OpenDirectory(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));
        if (directory.IsInvalid)
        {
            directory.Dispose();
            return null;
        }

        return new ProcessDirectory(pid, directory);
    }

    /// <summary>Clock ticks since boot at which the process started; false when it is gone.</summary>
    public bool TryReadStartTime(out ulong ticks)
    {
        Span<byte> buffer = stackalloc byte[2048];
        var length = ProcessInterop.ReadFile(_directory, "stat", buffer);
        ticks = 0;
        return length > 0 && ProcessStat.TryParseStartTime(buffer[..length], out ticks);
    }

    /// <summary>The program file; false when the process is gone, is a kernel thread, or may not be looked at (CAP_SYS_PTRACE).</summary>
    public bool TryReadExecutable(out ProcessExecutable executable)
    {
        executable = default;
        var path = ProcessInterop.ReadLink(_directory, "exe");
        if (path is null)
        {
            return false;
        }

        var runs = ProcessInterop.TryGetFileId(_directory, "exe", out var running);
        var verified = runs && ProcessInterop.TryGetFileId(null, path, out var present) && running == present;
        var deleted = !verified && path.EndsWith(DeletedSuffix, StringComparison.Ordinal);
        executable = new ProcessExecutable(deleted ? path[..^DeletedSuffix.Length] : path, deleted, verified);
        return true;
    }

    /// <summary>The path of the process' cgroup v2 as seen from the reader's cgroup namespace; false when it is gone or has none.</summary>
    public bool TryReadCgroupPath([NotNullWhen(true)] out string? path)
    {
        path = null;
        var buffer = new byte[CgroupFileLength];
        var length = ProcessInterop.ReadFile(_directory, "cgroup", buffer);
        if (length <= 0)
        {
            return false;
        }

        foreach (var line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n'))
        {
            if (line.StartsWith("0::/", StringComparison.Ordinal))
            {
                path = line[3..];
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads who this process is, and makes sure that it still runs afterwards.</summary>
    public bool TryIdentify(out ProcessIdentity identity)
    {
        identity = default;
        if (!TryReadStartTime(out var before) || !TryReadExecutable(out var executable) || !TryReadStartTime(out var after) || before != after)
        {
            return false;
        }

        identity = new ProcessIdentity(Pid, before, executable);
        return true;
    }

    /// <summary>Looks through the process' descriptors for a socket, taking one from <paramref name="budget"/> for each.</summary>
    public ProcessSearchStatus FindSocket(ulong inode, ref int budget)
    {
        Span<byte> buffer = stackalloc byte[64];
        Span<byte> wanted = stackalloc byte[32];
        System.Text.Unicode.Utf8.TryWrite(wanted, CultureInfo.InvariantCulture, $"socket:[{inode}]", out var wantedLength);
        wanted = wanted[..wantedLength];
        try
        {
            // Through our own held descriptor: the path cannot come to mean a later process with the same pid.
            var descriptors = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_directory.DangerousGetHandle()}/fd");
            foreach (var descriptor in Directory.EnumerateFileSystemEntries(descriptors))
            {
                if (--budget < 0)
                {
                    return ProcessSearchStatus.LimitReached;
                }

                var length = ProcessInterop.ReadLink(_directory, string.Concat("fd/", Path.GetFileName(descriptor.AsSpan())), buffer);
                if (length > 0 && buffer[..length].SequenceEqual(wanted))
                {
                    return ProcessSearchStatus.Found;
                }

                if (length < 0 && Marshal.GetLastPInvokeError() is Errno.EACCES or Errno.EPERM)
                {
                    return ProcessSearchStatus.Denied;
                }
            }
        }
        catch (UnauthorizedAccessException)
        {
            return ProcessSearchStatus.Denied;
        }
        catch (IOException)
        {
            // The process ended while it was looked at: it holds nothing any more.
            return ProcessSearchStatus.NotFound;
        }

        return ProcessSearchStatus.NotFound;
    }

    public void Dispose() => _directory.Dispose();
}
