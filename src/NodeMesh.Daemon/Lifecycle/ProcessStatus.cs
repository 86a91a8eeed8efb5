using System.Globalization;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>What the kernel says of this process.</summary>
/// <param name="Uid">The effective user.</param>
/// <param name="Capabilities">The effective capabilities, a bit for each.</param>
internal sealed record ProcessStatus(uint Uid, ulong Capabilities)
{
    /// <exception cref="IOException">/proc cannot be read.</exception>
    public static ProcessStatus Read() => Parse(File.ReadAllLines("/proc/self/status"));

    internal static ProcessStatus Parse(IReadOnlyList<string> lines) => new(
        uint.Parse(Field(lines, "Uid:").Split('\t')[1], NumberStyles.None, CultureInfo.InvariantCulture),
        ulong.Parse(Field(lines, "CapEff:"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private static string Field(IReadOnlyList<string> lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim()
        ?? throw new IOException($"/proc/self/status has no {name[..^1]}");
}
