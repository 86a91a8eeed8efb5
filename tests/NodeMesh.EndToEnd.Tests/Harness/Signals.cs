using System.Runtime.InteropServices;

namespace NodeMesh.EndToEnd.Tests.Harness;

internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int User1 = 10;
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;
    public const int Hangup = 1;

    /// <summary>Signals a process, or with a negative id its group. False when there is none any more.</summary>
    public static bool Send(int pid, int signal) => SendSignal(pid, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
