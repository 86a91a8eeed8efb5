using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Cgroups;

/// <summary>The libc calls between cgroup ids, descriptors and paths. Names and values are those of the C headers.</summary>
internal static unsafe partial class CgroupInterop
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int ENOSYS = 38;
    public const int EOPNOTSUPP = 95;

    private const int AT_FDCWD = -100;
    private const int O_RDONLY = 0;
    private const int O_CLOEXEC = 0x80000;
    private const int O_PATH = 0x200000;
    private const int FILEID_KERNFS = 0xfe;
    private const int PATH_MAX = 4096;

    // The one open flag here that arm64 numbers differently.
    private static int O_DIRECTORY => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    public static SafeFileHandle OpenDirectory(string path)
    {
        while (true)
        {
            var handle = Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (!handle.IsInvalid || Marshal.GetLastPInvokeError() != EINTR)
            {
                return handle;
            }

            handle.Dispose();
        }
    }

    /// <summary>Opens the cgroup directory with this id; on failure the handle is invalid and errno is set.</summary>
    public static SafeFileHandle OpenById(SafeFileHandle mount, ulong id)
    {
        var handle = new FileHandle { Bytes = sizeof(ulong), Type = FILEID_KERNFS, Id = id };
        while (true)
        {
            var opened = OpenByHandleAt(mount, &handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
            if (!opened.IsInvalid || Marshal.GetLastPInvokeError() != EINTR)
            {
                return opened;
            }

            opened.Dispose();
        }
    }

    /// <summary>The id of the cgroup at a path; needs no privilege. False when there is none, or it is not a kernfs directory.</summary>
    public static bool TryGetId(string path, out ulong id)
    {
        var handle = new FileHandle { Bytes = sizeof(ulong) };
        int mountId;
        var found = NameToHandleAt(AT_FDCWD, path, &handle, &mountId, 0) == 0 && handle is { Bytes: sizeof(ulong), Type: FILEID_KERNFS };
        id = found ? handle.Id : 0;
        return found;
    }

    /// <summary>The path that the kernel gives for a descriptor, or null.</summary>
    public static string? ReadPath(SafeFileHandle descriptor)
    {
        var buffer = stackalloc byte[PATH_MAX];
        var read = ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor.DangerousGetHandle()}"), buffer, PATH_MAX);
        return read is > 0 and < PATH_MAX ? Encoding.UTF8.GetString(buffer, (int)read) : null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open_by_handle_at", SetLastError = true)]
    private static partial SafeFileHandle OpenByHandleAt(SafeFileHandle mount, FileHandle* handle, int flags);

    [LibraryImport("libc", EntryPoint = "name_to_handle_at", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NameToHandleAt(int directory, string path, FileHandle* handle, int* mountId, int flags);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLink(string path, byte* buffer, nuint length);

    /// <summary>struct file_handle with the eight bytes of a kernfs id.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct FileHandle
    {
        public uint Bytes;
        public int Type;
        public ulong Id;
    }
}
