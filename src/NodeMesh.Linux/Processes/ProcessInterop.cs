using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Processes;

/// <summary>The libc calls on <c>/proc/PID</c>, relative to a held directory. Names and values are those of the C headers.</summary>
internal static unsafe partial class ProcessInterop
{
    private const uint STATX_INO = 0x100;

    public static SafeFileHandle OpenDirectory(string path) => OpenedFile.Open(LibC.AT_FDCWD, path, LibC.O_PATH | LibC.O_DIRECTORY);

    /// <summary>Reads the start of a file; -1 when it cannot be read, with errno set.</summary>
    public static int ReadFile(SafeFileHandle directory, string name, Span<byte> buffer)
    {
        using var file = OpenedFile.Open(Number(directory), name, LibC.O_RDONLY);
        if (file.IsInvalid)
        {
            return -1;
        }

        var length = 0;
        fixed (byte* start = buffer)
        {
            while (length < buffer.Length)
            {
                var read = LibC.read(Number(file), start + length, (nuint)(buffer.Length - length));
                if (read == 0)
                {
                    break;
                }

                if (read < 0)
                {
                    if (Marshal.GetLastPInvokeError() == Errno.EINTR)
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
    public static int ReadLink(SafeFileHandle directory, string name, Span<byte> buffer) => OpenedFile.ReadLink(Number(directory), name, buffer);

    public static string? ReadLink(SafeFileHandle directory, string name) => OpenedFile.ReadLink(Number(directory), name);

    /// <summary>Device and inode of the file that a path leads to, links followed.</summary>
    public static bool TryGetFileId(SafeFileHandle? directory, string path, out (ulong Device, ulong Inode) id)
    {
        Statx data;
        var found = StatxAt(directory is null ? LibC.AT_FDCWD : Number(directory), path, 0, STATX_INO, &data) == 0;
        id = found ? (((ulong)data.DeviceMajor << 32) | data.DeviceMinor, data.Inode) : default;
        return found;
    }

    private static int Number(SafeFileHandle descriptor) => descriptor.DangerousGetHandle().ToInt32();

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
