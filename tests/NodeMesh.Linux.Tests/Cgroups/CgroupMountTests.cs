using NodeMesh.Linux.Cgroups;

namespace NodeMesh.Linux.Tests.Cgroups;

public sealed class CgroupMountTests
{
    [Theory]
    [InlineData("30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup")]
    [InlineData("41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw", "/sys/fs/cgroup/unified")]
    [InlineData("41 31 0:38 / /mnt/a\\040b\\134c rw shared:1 master:2 - cgroup2 none rw", "/mnt/a b\\c")]
    public void The_v2_mount_is_found_on_unified_and_hybrid_systems(string line, string expected) =>
        Assert.Equal(expected, CgroupMount.Find(["32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", line]));

    [Theory]
    [InlineData("41 31 0:38 /part /mnt rw - cgroup2 cgroup2 rw")]
    [InlineData("41 31 0:38 / /cgroup2 rw - tmpfs cgroup2 rw")]
    [InlineData("cgroup2")]
    [InlineData(" - cgroup2 ")]
    [InlineData("")]
    public void Anything_else_is_not_taken_for_it(string line) => Assert.Null(CgroupMount.Find([line]));
}
