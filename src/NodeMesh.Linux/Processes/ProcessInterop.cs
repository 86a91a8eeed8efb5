using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Processes;

/// <summary>The libc calls on <c>/proc/PID</c>, relative to a held directory. Names and values are those of the C headers.</summary>
internal static unsafe partial class ProcessInterop
{
    public const int EPERM = 1;
    public const int EACCES = 13;

    private const int EINTR = 4;
    private const int AT_FDCWD = -100;
    private const int O_RDONLY = 0;
    private const int O_CLOEXEC = 0x80000;
    private const int O_PATH = 0x200000;
    private const int PATH_MAX = 4096;
    private const uint STATX_INO = 0x100;

    // The one open flag here that arm64 numbers differently.
    private static int O_DIRECTORY => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    public static SafeFileHandle OpenDirectory(string path) => Open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    /// <summary>Reads the start of a file; -1 when it cannot be read, with errno set.</summary>
    public static int ReadFile(SafeFileHandle directory, string name, Span<byte> buffer)
    {
        using var file = Open(directory.DangerousGetHandle().ToInt32(), name, O_RDONLY | O_CLOEXEC);
        if (file.IsInvalid)
        {
            return -1;
        }

        var length = 0;
        fixed (byte* start = buffer)
        {
            while (length < buffer.Length)
            {
                var read = Read(file, start + length, (nuint)(buffer.Length - length));
                if (read == 0)
                {
                    break;
                }

                if (read < 0)
                {
                    if (Marshal.GetLastPInvokeError() == EINTR)
                    {
                        continue;
                    }

                    return -1;
                }

                length += (int)read;
            }
        }

        return length;
    }

    /// <summary>Reads a symbolic link into the buffer; -1 when it cannot be read, with errno set. A full buffer means it was cut.</summary>
    public static int ReadLink(SafeFileHandle directory, string name, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)ReadLinkAt(directory, name, start, (nuint)buffer.Length);
        }
    }

    public static string? ReadLink(SafeFileHandle directory, string name)
    {
        Span<byte> buffer = stackalloc byte[PATH_MAX];
        var read = ReadLink(directory, name, buffer);
        return read is > 0 and < PATH_MAX ? Encoding.UTF8.GetString(buffer[..read]) : null;
    }

    /// <summary>Device and inode of the file that a path leads to, links followed.</summary>
    public static bool TryGetFileId(SafeFileHandle? directory, string path, out (ulong Device, ulong Inode) id)
    {
        Statx data;
        var found = StatxAt(directory?.DangerousGetHandle().ToInt32() ?? AT_FDCWD, path, 0, STATX_INO, &data) == 0;
        id = found ? (((ulong)data.DeviceMajor << 32) | data.DeviceMinor, data.Inode) : default;
        return found;
    }

    private static SafeFileHandle Open(int directory, string path, int flags)
    {
        while (true)
        {
            var handle = OpenAt(directory, path, flags);
            if (!handle.IsInvalid || Marshal.GetLastPInvokeError() != EINTR)
            {
                return handle;
            }

            handle.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(int directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLinkAt(SafeFileHandle directory, string path, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxAt(int directory, string path, int flags, uint mask, Statx* data);

    /// <summary>struct statx (linux/stat.h), the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
