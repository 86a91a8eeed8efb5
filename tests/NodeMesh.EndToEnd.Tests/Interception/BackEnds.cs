using System.Text.RegularExpressions;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>The iptables back ends of this machine, and how to look at their rules.</summary>
internal static partial class BackEnds
{
    public static TheoryData<string> All { get; } =
        [.. new[] { "nft", "legacy" }.Where(b => Requirements.Find($"iptables-{b}-save") is not null)];

    /// <summary>The whole rule set of both families, without counters and timestamps.</summary>
    public static async Task<string> SaveAsync(Machine machine, string backEnd)
    {
        var text = await machine.OutputOfAsync("sh", "-c", $"echo IPv4; iptables-{backEnd}-save; echo IPv6; ip6tables-{backEnd}-save");
        return Counters().Replace(Comments().Replace(text, ""), "");
    }

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comments();

    [GeneratedRegex(" \\[\\d+:\\d+\\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Counters();
}
