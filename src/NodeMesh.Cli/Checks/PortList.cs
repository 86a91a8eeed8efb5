using System.Globalization;

namespace NodeMesh.Cli.Checks;

/// <summary>Reads what <c>nodemesh-iptables ports list</c> prints: a line for each port, or range of ports such as 8000-8010.</summary>
internal static class PortList
{
    public static bool TryParse(string text, out HashSet<int> ports)
    {
        ports = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = line.Split('-');
            if (ends.Length > 2 || !TryParsePort(ends[0], out var low) || !TryParsePort(ends[^1], out var high) || low > high)
            {
                return false;
            }

            ports.UnionWith(Enumerable.Range(low, high - low + 1));
        }

        return true;
    }

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
}
