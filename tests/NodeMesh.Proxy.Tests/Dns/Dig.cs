using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace NodeMesh.Proxy.Tests.Dns;

/// <summary>What BIND's dig makes of the server's answers.</summary>
internal static class Dig
{
    public static async Task<string> AskAsync(IPEndPoint server, string question)
    {
        string[] arguments =
        [
            $"@{server.Address}", "-p", server.Port.ToString(CultureInfo.InvariantCulture), "+tries=1", "+time=10", "+nocookie", "+nostats", "+nocmd",
            .. question.Split(' '),
        ];
        using var process = Process.Start(
            new ProcessStartInfo("dig", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    /// <summary>The data of the answer section, line by line.</summary>
    public static async Task<string[]> ShortAsync(IPEndPoint server, string question) =>
        (await AskAsync(server, question + " +short")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
