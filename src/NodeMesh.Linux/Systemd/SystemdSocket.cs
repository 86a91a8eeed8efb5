using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Systemd;

/// <summary>A listening socket that systemd opened and passed on (sd_listen_fds_with_names(3)).</summary>
/// <param name="Descriptor">The descriptor; the receiver owns it.</param>
/// <param name="Name">FileDescriptorName= of the socket unit, by default the unit's name; <c>unknown</c> where systemd sent none.</param>
public readonly record struct SystemdSocket(int Descriptor, string Name)
{
    private const int FirstDescriptor = 3;
    private const int MaxDescriptors = 4096;

    /// <summary>
    /// The sockets passed to this process, in order; empty when none were, or when they were meant for another process (LISTEN_PID).
    /// </summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="pid">This process' id.</param>
    /// <exception cref="FormatException">A variable is set but wrong, or the names do not match the sockets.</exception>
    public static IReadOnlyList<SystemdSocket> Parse(Func<string, string?> environment, int pid)
    {
        if (environment("LISTEN_PID") is not { Length: > 0 } target || Number("LISTEN_PID", target, int.MaxValue) != pid
            || environment("LISTEN_FDS") is not { Length: > 0 } countText)
        {
            return [];
        }

        var count = Number("LISTEN_FDS", countText, MaxDescriptors);
        var names = environment("LISTEN_FDNAMES")?.Split(':');
        if (names is not null && count > 0 && names.Length != count)
        {
            throw new FormatException($"LISTEN_FDNAMES has {names.Length} names for {count} sockets");
        }

        return [.. Enumerable.Range(0, count).Select(i => new SystemdSocket(FirstDescriptor + i, names?[i] ?? "unknown"))];
    }

    /// <summary>Takes the sockets: as <see cref="Parse"/>, and marks each so that no child process inherits it.</summary>
    /// <exception cref="Win32Exception">A descriptor that was announced is not open.</exception>
    public static IReadOnlyList<SystemdSocket> Take(Func<string, string?> environment, int pid)
    {
        var sockets = Parse(environment, pid);
        foreach (var socket in sockets)
        {
            var flags = LibC.fcntl(socket.Descriptor, LibC.F_GETFD, 0);
            if (flags < 0 || LibC.fcntl(socket.Descriptor, LibC.F_SETFD, flags | LibC.FD_CLOEXEC) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new Win32Exception(
                    errno, $"LISTEN_FDS names descriptor {socket.Descriptor} ({socket.Name}): {Marshal.GetPInvokeErrorMessage(errno)}");
            }
        }

        return sockets;
    }

    private static int Number(string name, string value, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw new FormatException($"{name} is \"{value}\": expected a number of at most {max}");
}
