namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>What a machine must have for these tests, checked before the first namespace is made.</summary>
internal static class Requirements
{
    private static readonly (string Command, string Package)[] Commands =
    [
        ("ip", "iproute2"), ("nsenter", "util-linux"), ("unshare", "util-linux"), ("setpriv", "util-linux"), ("setsid", "util-linux"),
        ("prlimit", "util-linux"), ("sysctl", "procps"), ("iptables", "iptables"), ("tcpdump", "tcpdump"), ("python3", "python3"),
        ("openssl", "openssl"), ("curl", "curl"), ("promtool", "prometheus"),
    ];

    public static void Check()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException(
                "The end-to-end tests make network namespaces and iptables rules and need root: run 'sudo dotnet test tests/NodeMesh.EndToEnd.Tests'.");
        }

        var missing = Commands.Where(c => Find(c.Command) is null).Select(c => c.Package).Distinct(StringComparer.Ordinal).ToArray();
        if (missing.Length > 0)
        {
            throw new InvalidOperationException($"Missing for the end-to-end tests: apt-get install {string.Join(' ', missing)}");
        }
    }

    /// <summary>The full path of a command on the machines' search path, or null.</summary>
    public static string? Find(string command) =>
        Machine.SystemPath.Split(':').Select(d => Path.Combine(d, command)).FirstOrDefault(File.Exists);
}
