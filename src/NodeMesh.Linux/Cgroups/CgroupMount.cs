using System.Text;

namespace NodeMesh.Linux.Cgroups;

/// <summary>Finds where the cgroup v2 hierarchy is mounted, from the text of <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
public static class CgroupMount
{
    /// <summary>
    /// The mount point of the whole v2 hierarchy: <c>/sys/fs/cgroup</c> on a unified system, <c>/sys/fs/cgroup/unified</c> on a hybrid one;
    /// null when there is none. A mount of a part of it (a root other than <c>/</c>) is passed over: its paths would be cut short.
    /// </summary>
    public static string? Find(IEnumerable<string> mountInfo)
    {
        foreach (var line in mountInfo)
        {
            // 41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            if (separator < 0 || !line.AsSpan(separator + 3).StartsWith("cgroup2 ", StringComparison.Ordinal))
            {
                continue;
            }

            var fields = line[..separator].Split(' ');
            if (fields.Length >= 6 && string.Equals(fields[3], "/", StringComparison.Ordinal))
            {
                return Unescape(fields[4]);
            }
        }

        return null;
    }

    /// <summary>Undoes the kernel's octal escapes of space, tab, newline and backslash.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }

    private static bool IsOctal(char c) => c is >= '0' and <= '7';
}
