namespace NodeMesh.Cli.Support;

/// <summary>What a support bundle is made of. Nothing here reads a key, a token or what an application sent.</summary>
internal static class SupportContents
{
    /// <summary>Answers of the admin API: the name in the bundle, and the path.</summary>
    public static IReadOnlyList<(string Name, string Path)> Answers { get; } =
    [
        .. new[] { "status", "resources", "services", "workloads", "endpoints", "certificates", "connections" }.Select(name => ($"daemon/{name}.json", $"v1/{name}")),
    ];

    /// <summary>Files: settings, and what the kernel says.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        "/etc/nodemesh/nodemeshd.yaml",
        "/etc/nodemesh/nodemesh-controller.yaml",
        "/etc/default/nodemeshd",
        "/etc/os-release",
        "/etc/resolv.conf",
        "/etc/nsswitch.conf",
        "/run/nodemesh/iptables/settings",
        "/proc/version",
        "/proc/meminfo",
        "/proc/loadavg",
        "/proc/net/sockstat",
        "/proc/net/sockstat6",
        "/proc/net/netstat",
        "/proc/sys/net/netfilter/nf_conntrack_count",
        "/proc/sys/net/netfilter/nf_conntrack_max",
        "/proc/sys/net/ipv4/ip_local_port_range",
        "/proc/sys/fs/file-nr",
    ];

    /// <summary>Programs whose answers help: the name in the bundle, the program, its arguments.</summary>
    public static IReadOnlyList<(string Name, string Program, string[] Arguments)> Commands { get; } =
    [
        ("log/nodemeshd.txt", "journalctl", ["--unit=nodemeshd", "--lines=20000", "--no-pager", "--output=short-iso-precise"]),
        ("log/nodemesh-controller.txt", "journalctl", ["--unit=nodemesh-controller", "--lines=20000", "--no-pager", "--output=short-iso-precise"]),
        ("systemd/status.txt", "systemctl", ["status", "--no-pager", "--lines=0", "nodemeshd", "nodemesh-controller", "nodemesh.target"]),
        ("systemd/units.txt", "systemctl", ["cat", "--no-pager", "nodemeshd", "nodemesh-controller"]),
        ("rules/status.txt", "nodemesh-iptables", ["status"]),
        ("rules/iptables-save.txt", "iptables-save", ["-c"]),
        ("rules/ip6tables-save.txt", "ip6tables-save", ["-c"]),
        ("network/addresses.txt", "ip", ["address"]),
        ("network/routes.txt", "ip", ["route", "show", "table", "all"]),
        ("network/routes6.txt", "ip", ["-6", "route", "show", "table", "all"]),
        ("network/policy-rules.txt", "ip", ["rule"]),
        ("network/listeners.txt", "ss", ["-tulnp"]),
        ("network/sockets.txt", "ss", ["-s"]),
        ("system/clock.txt", "timedatectl", []),
        ("system/state-files.txt", "ls", ["-lR", "/var/lib/nodemesh", "/etc/nodemesh", "/run/nodemesh"]),
        ("system/packages-deb.txt", "dpkg-query", ["-W", "nodemesh*", "iptables", "libssl3*", "systemd"]),
        ("system/packages-rpm.txt", "rpm", ["-q", "nodemesh", "nodemesh-controller", "iptables-nft", "openssl-libs", "systemd"]),
    ];
}
