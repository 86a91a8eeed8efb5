using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Cgroups;

/// <summary>
/// The machine's cgroup v2 tree: turns the ids that the kernel stamps on sockets into paths and systemd units. One per process, shared by
/// all threads; a known id costs one dictionary look-up and no allocation. Ids are never reused, so what is known stays true, also when the
/// cgroup is gone. The cache is bounded by keeping two generations of at most <c>capacity</c> entries.
/// <para>
/// With CAP_DAC_READ_SEARCH an unknown id is opened by handle (5 µs). Without it the tree is walked for the directories' ids; walks are
/// spaced so that they take at most a fifth of one thread's time, and ids that appear in between stay unresolved until the next walk.
/// </para>
/// </summary>
public sealed class CgroupHierarchy : IDisposable
{
    private const int DefaultCapacity = 8192;
    private const int MaxWalkedDirectories = 65_536;
    private const int RestPerWalk = 4;

    private static readonly EnumerationOptions WalkOptions =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly SafeFileHandle _mount;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly Lock _change = new();
    private volatile bool _byHandle;
    private volatile ConcurrentDictionary<ulong, Cgroup> _young = new();
    private volatile ConcurrentDictionary<ulong, Cgroup> _old = new();
    private long _nextWalk = long.MinValue;

    internal CgroupHierarchy(string mountPoint, TimeProvider time, int capacity, bool byHandle)
    {
        MountPoint = mountPoint;
        _time = time;
        _capacity = capacity;
        _byHandle = byHandle;
        _mount = CgroupInterop.OpenDirectory(mountPoint);
        if (_mount.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw new Win32Exception(errno, $"cannot open the cgroup v2 hierarchy at {mountPoint}: {Marshal.GetPInvokeErrorMessage(errno)}");
        }
    }

    /// <summary>Where the hierarchy is mounted, without a slash at the end.</summary>
    public string MountPoint { get; }

    /// <summary>False once the kernel has refused to open a cgroup by its id, so that ids are found by walking the tree.</summary>
    public bool ResolvesByHandle => _byHandle;

    /// <summary>Opens the hierarchy of this process' mount namespace.</summary>
    /// <exception cref="NotSupportedException">No cgroup v2 hierarchy is mounted.</exception>
    /// <exception cref="Win32Exception">It cannot be opened.</exception>
    public static CgroupHierarchy Open(TimeProvider? time = null)
    {
        var mountPoint = CgroupMount.Find(File.ReadLines("/proc/self/mountinfo"))
            ?? throw new NotSupportedException("no cgroup v2 hierarchy is mounted: /proc/self/mountinfo has no cgroup2 line with root /");
        return new CgroupHierarchy(mountPoint, time ?? TimeProvider.System, DefaultCapacity, byHandle: true);
    }

    /// <summary>Resolves an id; false when no such cgroup exists (any more) and it was never seen.</summary>
    public bool TryResolve(ulong id, [NotNullWhen(true)] out Cgroup? cgroup)
    {
        if (_young.TryGetValue(id, out cgroup))
        {
            return true;
        }

        if (_old.TryGetValue(id, out cgroup))
        {
            Remember(cgroup);
            return true;
        }

        return _byHandle && TryOpen(id, out cgroup) || !_byHandle && TryWalk(id, out cgroup);
    }

    /// <summary>The id of the cgroup at a path below the mount point, such as <c>/system.slice/nginx.service</c>.</summary>
    public bool TryGetId(string path, out ulong id) => CgroupInterop.TryGetId(FullPath(path), out id);

    /// <summary>The directory of a cgroup in the file system.</summary>
    public string FullPath(string path) => path.Length > 1 ? MountPoint + path : MountPoint;

    public void Dispose() => _mount.Dispose();

    private bool TryOpen(ulong id, [NotNullWhen(true)] out Cgroup? cgroup)
    {
        cgroup = null;
        using var opened = CgroupInterop.OpenById(_mount, id);
        if (opened.IsInvalid)
        {
            // A stale id is an answer; a refusal is a property of this process and kernel, and stays one.
            if (Marshal.GetLastPInvokeError() is Errno.EPERM or Errno.ENOSYS or Errno.EOPNOTSUPP)
            {
                _byHandle = false;
                return TryWalk(id, out cgroup);
            }

            return false;
        }

        var full = CgroupInterop.ReadPath(opened);
        if (full is null || full.EndsWith(" (deleted)", StringComparison.Ordinal) || !TryGetRelative(full, out var path))
        {
            return false;
        }

        cgroup = new Cgroup(id, path);
        Remember(cgroup);
        return true;
    }

    private bool TryWalk(ulong id, [NotNullWhen(true)] out Cgroup? cgroup)
    {
        lock (_change)
        {
            var start = _time.GetTimestamp();
            if (!_young.ContainsKey(id) && start >= _nextWalk)
            {
                Walk();
                var end = _time.GetTimestamp();
                _nextWalk = end + (RestPerWalk * (end - start));
            }
        }

        return _young.TryGetValue(id, out cgroup) || _old.TryGetValue(id, out cgroup);
    }

    private void Walk()
    {
        var directories = Directory.EnumerateDirectories(MountPoint, "*", WalkOptions).Prepend(MountPoint).Take(MaxWalkedDirectories);
        foreach (var directory in directories)
        {
            if (CgroupInterop.TryGetId(directory, out var id) && !_young.ContainsKey(id) && TryGetRelative(directory, out var path))
            {
                Remember(new Cgroup(id, path));
            }
        }
    }

    private bool TryGetRelative(string full, [NotNullWhen(true)] out string? path)
    {
        path = null;
        if (string.Equals(full, MountPoint, StringComparison.Ordinal))
        {
            path = "/";
        }
        else if (full.Length > MountPoint.Length && full.StartsWith(MountPoint, StringComparison.Ordinal) && full[MountPoint.Length] == '/')
        {
            path = full[MountPoint.Length..];
        }

        return path is not null;
    }

    private void Remember(Cgroup cgroup)
    {
        lock (_change)
        {
            if (_young.Count >= _capacity)
            {
                _old = _young;
                _young = new ConcurrentDictionary<ulong, Cgroup>();
            }

            _young[cgroup.Id] = cgroup;
        }
    }
}
