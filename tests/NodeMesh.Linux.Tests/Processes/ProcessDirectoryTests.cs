using System.Diagnostics;
using System.Net.Sockets;
using NodeMesh.Linux.Cgroups;
using NodeMesh.Linux.Processes;
using NodeMesh.Linux.Tests.Cgroups;

namespace NodeMesh.Linux.Tests.Processes;

public sealed class ProcessDirectoryTests
{
    [Fact]
    public void This_process_is_identified()
    {
        using var directory = ProcessDirectory.TryOpen(Environment.ProcessId)!;

        Assert.True(directory.TryIdentify(out var identity));

        Assert.Equal(Environment.ProcessPath, identity.Executable.Path);
        Assert.True(identity.Executable.Verified);
        Assert.False(identity.Executable.Deleted);
        var started = DateTime.UnixEpoch.AddSeconds(BootTime() + (identity.StartTime / 100.0));
        Assert.InRange(started, Process.GetCurrentProcess().StartTime.ToUniversalTime().AddSeconds(-5), DateTime.UtcNow.AddSeconds(5));
    }

    [Fact]
    public void A_process_that_ended_gives_nothing_away_about_the_next_with_its_pid()
    {
        ProcessDirectory directory;
        using (var child = Child.Start("/bin/cat"))
        {
            directory = ProcessDirectory.TryOpen(child.Pid)!;
            Assert.True(directory.TryReadStartTime(out _));
        }

        using (directory)
        {
            var budget = 100;
            Assert.False(directory.TryReadStartTime(out _));
            Assert.False(directory.TryIdentify(out _));
            Assert.False(directory.TryReadCgroupPath(out _));
            Assert.Equal(ProcessSearchStatus.NotFound, directory.FindSocket(1, ref budget));
        }

        Assert.Null(ProcessDirectory.TryOpen(int.MaxValue));
    }

    [Fact]
    public void A_replaced_program_is_told_by_its_old_path_and_not_verified()
    {
        var program = Path.Join(Path.GetTempPath(), $"program-{Guid.NewGuid():N}");
        File.Copy("/bin/cat", program);
        using var child = Child.Start(program);
        child.WriteLine("hello");
        Assert.Equal("hello", child.ReadLine());
        File.Delete(program);

        using var directory = ProcessDirectory.TryOpen(child.Pid)!;

        Assert.True(directory.TryReadExecutable(out var executable));
        Assert.Equal(new ProcessExecutable(program, Deleted: true, Verified: false), executable);
    }

    [Fact]
    public void The_same_path_in_another_mount_namespace_is_not_verified()
    {
        using var child = Child.Start(
            "unshare", "--mount", "sh", "-c", "cp /bin/cat /run/cat.$$ && mount --bind /run/cat.$$ /bin/true && rm /run/cat.$$ && exec /bin/true");
        using var directory = ProcessDirectory.TryOpen(child.Pid)!;
        ProcessExecutable executable = default;
        var patience = Stopwatch.StartNew();
        while (!directory.TryReadExecutable(out executable) || !executable.Path.Contains("true", StringComparison.Ordinal))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), $"the child runs {executable.Path}");
            Thread.Yield();
        }

        Assert.False(executable.Verified);
    }

    [Fact]
    public void A_child_is_in_the_cgroup_it_was_put_in()
    {
        using var hierarchy = CgroupHierarchy.Open();
        using var cgroup = new TestCgroup(hierarchy);
        using var child = Child.Start("/bin/bash", "-c", $"echo $$ > {cgroup.Directory}/cgroup.procs && echo in && read -r line");
        Assert.Equal("in", child.ReadLine());

        using var directory = ProcessDirectory.TryOpen(child.Pid)!;

        Assert.True(directory.TryReadCgroupPath(out var path));
        Assert.Equal(cgroup.Path, path);
    }

    [Fact]
    public void The_search_for_a_socket_is_bounded()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var link = File.ResolveLinkTarget($"/proc/self/fd/{socket.Handle}", false)!.Name;
        var inode = uint.Parse(link["socket:[".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
        using var hierarchy = CgroupHierarchy.Open();
        using var self = ProcessDirectory.TryOpen(Environment.ProcessId)!;
        Assert.True(self.TryReadCgroupPath(out var path));
        Assert.True(hierarchy.TryGetId(path, out var id));
        Assert.True(hierarchy.TryResolve(id, out var cgroup));

        Assert.Equal(ProcessSearchStatus.Found, new SocketProcessFinder(hierarchy, 100_000, 1_000_000).TryFind(cgroup, inode, out var process));
        Assert.Equal(Environment.ProcessId, process.Pid);
        Assert.Equal(ProcessSearchStatus.LimitReached, new SocketProcessFinder(hierarchy, 0).TryFind(cgroup, inode, out _));
        Assert.Equal(ProcessSearchStatus.LimitReached, new SocketProcessFinder(hierarchy, 100_000, 1).TryFind(cgroup, inode, out _));
        Assert.Equal(ProcessSearchStatus.NotFound, new SocketProcessFinder(hierarchy).TryFind(cgroup, 0, out _));
        Assert.Equal(ProcessSearchStatus.NotFound, new SocketProcessFinder(hierarchy).TryFind(new Cgroup(1, "/no-such"), inode, out _));
    }

    private static long BootTime() => long.Parse(
        File.ReadLines("/proc/stat").First(l => l.StartsWith("btime ", StringComparison.Ordinal)).AsSpan(6), System.Globalization.CultureInfo.InvariantCulture);
}
