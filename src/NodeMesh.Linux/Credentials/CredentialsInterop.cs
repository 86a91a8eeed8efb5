using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Credentials;

/// <summary>The libc calls for peers of unix sockets and for the user database. Names and values are those of the C headers.</summary>
internal static unsafe partial class CredentialsInterop
{
    public const short POLLIN = 1;
    public const nuint PIDFD_GET_INFO = 0xC040_FF0B;
    public const ulong PIDFD_INFO_PID = 1;
    public const ulong PIDFD_INFO_CREDS = 2;
    public const ulong PIDFD_INFO_CGROUPID = 4;

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ControlPidFd(SafeFileHandle pidFd, nuint request, PidFdInfo* info);

    [LibraryImport("libc", EntryPoint = "getpwnam_r", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetUserByName(string name, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);

    /// <summary>struct ucred.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Ucred
    {
        public int Pid;
        public uint Uid;
        public uint Gid;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct pidfd_info, its first published size of 64 bytes (linux/pidfd.h).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct PidFdInfo
    {
        [FieldOffset(0)]
        public ulong Mask;

        [FieldOffset(8)]
        public ulong CgroupId;

        [FieldOffset(16)]
        public uint Pid;
    }

    /// <summary>struct passwd of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PasswordEntry
    {
        public byte* Name;
        public byte* Password;
        public uint Uid;
        public uint Gid;
        public byte* Gecos;
        public byte* Directory;
        public byte* Shell;
    }
}
