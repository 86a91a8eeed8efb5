using NodeMesh.Linux.Systemd;

namespace NodeMesh.Linux.Cgroups;

/// <summary>One cgroup v2, as it was when its id was resolved. Immutable; ids are never reused, and a cgroup v2 cannot be renamed.</summary>
public sealed class Cgroup
{
    public Cgroup(ulong id, string path)
    {
        Id = id;
        Path = path;
        Unit = SystemdUnit.FromCgroupPath(path);
    }

    /// <summary>The kernel's 64-bit id.</summary>
    public ulong Id { get; }

    /// <summary>The path below the mount point: <c>/</c> or <c>/system.slice/nginx.service</c>.</summary>
    public string Path { get; }

    /// <summary>The systemd unit that owns it, or null when it is not systemd's.</summary>
    public SystemdUnit? Unit { get; }
}
