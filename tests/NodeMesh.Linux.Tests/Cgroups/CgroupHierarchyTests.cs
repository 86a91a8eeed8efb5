using System.ComponentModel;
using NodeMesh.Linux.Cgroups;

namespace NodeMesh.Linux.Tests.Cgroups;

public sealed class CgroupHierarchyTests
{
    private static string MountPoint
    {
        get
        {
            using var hierarchy = CgroupHierarchy.Open();
            return hierarchy.MountPoint;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_id_leads_to_the_path_by_handle_and_by_walking(bool byHandle)
    {
        using var hierarchy = new CgroupHierarchy(MountPoint, TimeProvider.System, 100_000, byHandle);
        using var cgroup = new TestCgroup(hierarchy, "/a.slice/a-b.slice/web@1.service/worker");
        Assert.True(hierarchy.TryGetId(cgroup.Path, out var id));

        Assert.True(hierarchy.TryResolve(id, out var resolved));

        Assert.Equal(byHandle, hierarchy.ResolvesByHandle);
        Assert.Equal(cgroup.Path, resolved.Path);
        Assert.Equal("web@1.service", resolved.Unit!.Name);
        Assert.True(hierarchy.TryResolve(id, out var again));
        Assert.Same(resolved, again);
    }

    [Fact]
    public void The_root_is_a_path_without_a_unit()
    {
        using var hierarchy = CgroupHierarchy.Open();
        Assert.True(hierarchy.TryGetId("/", out var id));

        Assert.True(hierarchy.TryResolve(id, out var root));

        Assert.Equal("/", root.Path);
        Assert.Null(root.Unit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_seen_outlives_its_cgroup_and_what_was_not_is_unknown(bool byHandle)
    {
        using var hierarchy = new CgroupHierarchy(MountPoint, TimeProvider.System, 100_000, byHandle);
        ulong seen, unseen;
        string path;
        using (var second = new TestCgroup(hierarchy))
        {
            Assert.True(hierarchy.TryGetId(second.Path, out unseen));
        }

        using (var first = new TestCgroup(hierarchy))
        {
            path = first.Path;
            Assert.True(hierarchy.TryGetId(first.Path, out seen));
            Assert.True(hierarchy.TryResolve(seen, out _));
        }

        Assert.False(hierarchy.TryGetId(path, out _));
        Assert.True(hierarchy.TryResolve(seen, out var kept));
        Assert.Equal(path, kept.Path);
        Assert.False(hierarchy.TryResolve(unseen, out _));
        Assert.False(hierarchy.TryResolve(0, out _));
        Assert.False(hierarchy.TryResolve(ulong.MaxValue, out _));
    }

    [Fact]
    public void A_file_inside_a_cgroup_is_not_a_cgroup()
    {
        using var hierarchy = CgroupHierarchy.Open();
        Assert.True(CgroupInterop.TryGetId(Path.Join(hierarchy.MountPoint, "cgroup.procs"), out var id));

        Assert.False(hierarchy.TryResolve(id, out _));
    }

    [Fact]
    public void The_cache_is_bounded_and_still_right_when_full()
    {
        using var hierarchy = new CgroupHierarchy(MountPoint, TimeProvider.System, capacity: 2, byHandle: true);
        var cgroups = Enumerable.Range(0, 7).Select(_ => new TestCgroup(hierarchy)).ToList();
        try
        {
            for (var round = 0; round < 3; round++)
            {
                foreach (var cgroup in cgroups)
                {
                    Assert.True(hierarchy.TryGetId(cgroup.Path, out var id));
                    Assert.True(hierarchy.TryResolve(id, out var resolved));
                    Assert.Equal(cgroup.Path, resolved.Path);
                }
            }
        }
        finally
        {
            cgroups.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public void A_hierarchy_that_is_not_there_is_said_by_path()
    {
        var failure = Assert.Throws<Win32Exception>(() => new CgroupHierarchy("/no/such", TimeProvider.System, 10, true));

        Assert.Equal("cannot open the cgroup v2 hierarchy at /no/such: No such file or directory", failure.Message);
    }
}
