using System.Net;

namespace NodeMesh.Proxy.Dns;

/// <summary>The names that hosts(5) gives this machine.</summary>
internal static class HostsFile
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>The addresses of a name, in the order of the lines.</summary>
    public static IEnumerable<IPAddress> Find(IEnumerable<string> lines, string name)
    {
        foreach (var line in lines)
        {
            var comment = line.IndexOf('#', StringComparison.Ordinal);
            var words = (comment < 0 ? line : line[..comment]).Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(words[0], out var address))
            {
                yield return address;
            }
        }
    }
}
