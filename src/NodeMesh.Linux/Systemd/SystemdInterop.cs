using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Systemd;

/// <summary>The libc calls that systemd's protocols need. Names and values are those of the C headers.</summary>
internal static unsafe partial class SystemdInterop
{
    public const int CLOCK_MONOTONIC = 1;

    /// <summary>Microseconds of CLOCK_MONOTONIC, the clock that systemd compares with.</summary>
    public static ulong MonotonicMicroseconds()
    {
        Timespec now;
        return GetTime(CLOCK_MONOTONIC, &now) == 0
            ? ((ulong)now.Seconds * 1_000_000) + ((ulong)now.Nanoseconds / 1000)
            : throw new InvalidOperationException("CLOCK_MONOTONIC cannot be read");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, Timespec* time);

    /// <summary>struct timespec of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
