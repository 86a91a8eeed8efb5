using System.Globalization;
using NodeMesh.Linux.Cgroups;

namespace NodeMesh.Linux.Processes;

/// <summary>
/// Finds the process that holds a socket, among the processes of the cgroup that made it (for selectors by executable, which the kernel's
/// own answer cannot decide). Stateless and thread-safe; reads many small files, so it runs on the thread pool, never on an event loop.
/// Where several processes share the socket, the first in <c>cgroup.procs</c> is told.
/// </summary>
public sealed class SocketProcessFinder(CgroupHierarchy hierarchy, int maxProcesses = 1024, int maxDescriptors = 65_536)
{
    /// <summary>Searches; <paramref name="process"/> is set only for <see cref="ProcessSearchStatus.Found"/>.</summary>
    public ProcessSearchStatus TryFind(Cgroup cgroup, uint inode, out ProcessIdentity process)
    {
        process = default;
        if (inode == 0)
        {
            return ProcessSearchStatus.NotFound;
        }

        var processes = maxProcesses;
        var descriptors = maxDescriptors;
        var worst = ProcessSearchStatus.NotFound;
        foreach (var line in ReadProcesses(cgroup))
        {
            if (--processes < 0)
            {
                return ProcessSearchStatus.LimitReached;
            }

            // A pid of 0 is a process outside this pid namespace.
            if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == 0)
            {
                continue;
            }

            using var directory = ProcessDirectory.TryOpen(pid);
            switch (directory?.FindSocket(inode, ref descriptors))
            {
                case ProcessSearchStatus.Found:
                    return directory.TryIdentify(out process) ? ProcessSearchStatus.Found : ProcessSearchStatus.NotFound;
                case ProcessSearchStatus.LimitReached:
                    return ProcessSearchStatus.LimitReached;
                case ProcessSearchStatus.Denied:
                    worst = ProcessSearchStatus.Denied;
                    break;
                default:
                    break;
            }
        }

        return worst;
    }

    private string[] ReadProcesses(Cgroup cgroup)
    {
        try
        {
            return File.ReadAllLines(Path.Join(hierarchy.FullPath(cgroup.Path), "cgroup.procs"));
        }
        catch (IOException)
        {
            // The cgroup is gone, or threaded: either way it names no processes.
            return [];
        }
    }
}
