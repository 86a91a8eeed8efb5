using System.Buffers.Text;

namespace NodeMesh.Linux.Processes;

/// <summary>Reads <c>/proc/PID/stat</c> (proc_pid_stat(5)). Pure.</summary>
public static class ProcessStat
{
    /// <summary>
    /// Field 22, the start time in clock ticks since boot. Fields are counted after the last ')': the second one is the program's name,
    /// which the program chooses and which may hold spaces and parentheses.
    /// </summary>
    public static bool TryParseStartTime(ReadOnlySpan<byte> stat, out ulong ticks)
    {
        ticks = 0;
        var name = stat.LastIndexOf((byte)')');
        if (name < 0)
        {
            return false;
        }

        var rest = stat[(name + 1)..].TrimStart((byte)' ');
        for (var field = 3; field < 22; field++)
        {
            var space = rest.IndexOf((byte)' ');
            if (space < 0)
            {
                return false;
            }

            rest = rest[(space + 1)..];
        }

        if (!Utf8Parser.TryParse(rest, out ulong parsed, out var consumed) || (consumed < rest.Length && rest[consumed] is not ((byte)' ' or (byte)'\n')))
        {
            return false;
        }

        ticks = parsed;
        return true;
    }
}
