using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux;

/// <summary>Opens files and reads links where .NET has no call of its own: relative to a directory, or without the right to read.</summary>
internal static class OpenedFile
{
    /// <summary>Opens a path below <paramref name="directory"/> (or <see cref="LibC.AT_FDCWD"/>); on failure the handle is invalid and errno is set.</summary>
    public static SafeFileHandle Open(int directory, string path, int flags)
    {
        while (true)
        {
            var handle = LibC.openat(directory, path, flags | LibC.O_CLOEXEC);
            if (!handle.IsInvalid || Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                return handle;
            }

            handle.Dispose();
        }
    }

    /// <summary>Reads a symbolic link into the buffer; -1 when it cannot be read, with errno set. A full buffer means it was cut.</summary>
    public static unsafe int ReadLink(int directory, string path, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)LibC.readlinkat(directory, path, start, (nuint)buffer.Length);
        }
    }

    /// <summary>What a symbolic link says; null when it cannot be read or is longer than a path may be.</summary>
    public static string? ReadLink(int directory, string path)
    {
        Span<byte> buffer = stackalloc byte[LibC.PATH_MAX];
        var read = ReadLink(directory, path, buffer);
        return read is > 0 and < LibC.PATH_MAX ? Encoding.UTF8.GetString(buffer[..read]) : null;
    }
}
