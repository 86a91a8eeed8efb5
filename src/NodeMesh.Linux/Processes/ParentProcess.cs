using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Processes;

/// <summary>The process that started this one.</summary>
public static unsafe partial class ParentProcess
{
    private const int SIGUSR1 = 10;
    private const int POLLIN = 1;

    // The number is the same on every architecture (Linux 5.3).
    private const int SYS_pidfd_open = 434;

    public static int Id => GetParentId();

    /// <summary>Waits until the process has ended; at once when there is none of the number.</summary>
    /// <param name="pid">Of the parent as it was found.</param>
    /// <exception cref="LinuxException">The kernel does not tell.</exception>
    public static void WaitForEnd(int pid)
    {
        var descriptor = (int)OpenProcess(SYS_pidfd_open, pid, 0);
        if (descriptor < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == Errno.ESRCH)
            {
                return;
            }

            throw new LinuxException($"pidfd_open {pid}", errno);
        }

        try
        {
            var ended = new PollEntry { Descriptor = descriptor, Events = POLLIN };
            while (Poll(&ended, 1, -1) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    throw new LinuxException("poll", errno);
                }
            }
        }
        finally
        {
            _ = LibC.close(descriptor);
        }
    }

    /// <summary>Sends SIGUSR1. False when the process is gone.</summary>
    public static bool Signal(int pid) => Kill(pid, SIGUSR1) == 0;

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentId();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint OpenProcess(nint number, nint pid, nint flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
