using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Cgroups;

/// <summary>The libc calls between cgroup ids, descriptors and paths. Names and values are those of the C headers.</summary>
internal static unsafe partial class CgroupInterop
{
    private const int FILEID_KERNFS = 0xfe;

    public static SafeFileHandle OpenDirectory(string path) => OpenedFile.Open(LibC.AT_FDCWD, path, LibC.O_RDONLY | LibC.O_DIRECTORY);

    /// <summary>Opens the cgroup directory with this id; on failure the handle is invalid and errno is set.</summary>
    public static SafeFileHandle OpenById(SafeFileHandle mount, ulong id)
    {
        var handle = new FileHandle { Bytes = sizeof(ulong), Type = FILEID_KERNFS, Id = id };
        while (true)
        {
            var opened = OpenByHandleAt(mount, &handle, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
            if (!opened.IsInvalid || Marshal.GetLastPInvokeError() != Errno.EINTR)
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
        var found = NameToHandleAt(LibC.AT_FDCWD, path, &handle, &mountId, 0) == 0 && handle is { Bytes: sizeof(ulong), Type: FILEID_KERNFS };
        id = found ? handle.Id : 0;
        return found;
    }

    /// <summary>The path that the kernel gives for a descriptor, or null.</summary>
    public static string? ReadPath(SafeFileHandle descriptor) =>
        OpenedFile.ReadLink(LibC.AT_FDCWD, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor.DangerousGetHandle()}"));

    [LibraryImport("libc", EntryPoint = "open_by_handle_at", SetLastError = true)]
    private static partial SafeFileHandle OpenByHandleAt(SafeFileHandle mount, FileHandle* handle, int flags);

    [LibraryImport("libc", EntryPoint = "name_to_handle_at", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NameToHandleAt(int directory, string path, FileHandle* handle, int* mountId, int flags);

    /// <summary>struct file_handle with the eight bytes of a kernfs id.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct FileHandle
    {
        public uint Bytes;
        public int Type;
        public ulong Id;
    }
}
