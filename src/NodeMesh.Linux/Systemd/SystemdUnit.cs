using System.Text;

namespace NodeMesh.Linux.Systemd;

/// <summary>
/// The systemd unit that a cgroup path names, by systemd's own rule (cg_path_get_unit): slices are skipped from the root on, and the first
/// component after them must be a unit. What stands deeper was made by that unit itself (a delegated cgroup, a container's inner systemd,
/// a user's own manager), so it can never name a system unit. Names are kept as systemctl prints them, escapes included.
/// </summary>
/// <param name="Name">The unit, such as <c>nginx.service</c>, <c>worker@eu\x2dwest.service</c> or <c>session-2.scope</c>.</param>
/// <param name="Slice">The innermost slice it stands in, <c>-.slice</c> for the root.</param>
/// <param name="UserUnit">Below a user's manager (<c>user@1000.service</c>): the user's own unit, else null. Under that user's control.</param>
public sealed record SystemdUnit(string Name, string Slice, string? UserUnit)
{
    private const int MaxNameLength = 255;

    /// <summary><c>worker@.service</c> for <c>worker@eu.service</c>; null when the unit is no instance of a template.</summary>
    public string? Template => InstanceSpan(out var at, out var dot) ? string.Concat(Name.AsSpan(0, at + 1), Name.AsSpan(dot)) : null;

    /// <summary>The escaped instance, <c>eu</c> for <c>worker@eu.service</c>; null when the unit is no instance of a template.</summary>
    public string? Instance => InstanceSpan(out var at, out var dot) ? Name[(at + 1)..dot] : null;

    /// <summary>Reads a path below the cgroup root; null when it lies in no unit.</summary>
    public static SystemdUnit? FromCgroupPath(string path)
    {
        var rest = path.AsSpan();
        var slice = SkipSlices(ref rest) ?? "-.slice";
        var name = NextUnit(ref rest);
        if (name is null)
        {
            return null;
        }

        string? userUnit = null;
        if (name.StartsWith("user@", StringComparison.Ordinal) && name.EndsWith(".service", StringComparison.Ordinal))
        {
            _ = SkipSlices(ref rest);
            userUnit = NextUnit(ref rest);
        }

        return new SystemdUnit(name, slice, userUnit);
    }

    /// <summary>Undoes the <c>\x2d</c> escapes of a unit name or instance, for people to read; a wrong escape is left as it is.</summary>
    public static string Unescape(string name)
    {
        if (!name.Contains("\\x", StringComparison.Ordinal))
        {
            return name;
        }

        var bytes = new List<byte>(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\' && i + 3 < name.Length && name[i + 1] == 'x' && char.IsAsciiHexDigit(name[i + 2]) && char.IsAsciiHexDigit(name[i + 3]))
            {
                bytes.Add(Convert.FromHexString(name.AsSpan(i + 2, 2))[0]);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(name, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    public override string ToString() => UserUnit is null ? Name : $"{Name}/{UserUnit}";

    private static string? SkipSlices(ref ReadOnlySpan<char> path)
    {
        string? innermost = null;
        while (true)
        {
            var rest = path;
            var component = Next(ref rest);
            if (!component.EndsWith(".slice", StringComparison.Ordinal) || !IsUnitName(component))
            {
                return innermost;
            }

            innermost = component.ToString();
            path = rest;
        }
    }

    private static string? NextUnit(ref ReadOnlySpan<char> path)
    {
        var component = Next(ref path);
        return IsUnitName(component) ? component.ToString() : null;
    }

    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> path)
    {
        path = path.TrimStart('/');
        var end = path.IndexOf('/');
        var component = end < 0 ? path : path[..end];
        path = path[component.Length..];

        // systemd prefixes an underscore to a name that the kernel could take for a file of its own.
        return component.StartsWith('_') ? component[1..] : component;
    }

    private static bool IsUnitName(ReadOnlySpan<char> name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 1 || name[0] == '@' || name.Length > MaxNameLength || name[dot..] is not (".service" or ".scope" or ".slice" or ".socket" or ".mount" or ".swap"))
        {
            return false;
        }

        foreach (var c in name[..dot])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not (':' or '-' or '_' or '.' or '\\' or '@'))
            {
                return false;
            }
        }

        return true;
    }

    private bool InstanceSpan(out int at, out int dot)
    {
        at = Name.IndexOf('@', StringComparison.Ordinal);
        dot = Name.LastIndexOf('.');
        return at > 0 && dot > at + 1;
    }
}
