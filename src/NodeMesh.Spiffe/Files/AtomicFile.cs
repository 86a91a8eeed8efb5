using System.Text;

namespace NodeMesh.Spiffe.Files;

/// <summary>
/// Reads and writes small files of keys and certificates. A write goes to a temporary file that is renamed over the old one, so a reader sees
/// the old content or the new, never a part, and a key is never readable by others, not even for a moment. Stateless.
/// </summary>
public static class AtomicFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode WorldReadable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    public const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <exception cref="IOException">The directory is missing or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory does not allow it.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var fullPath = Path.GetFullPath(path);
        // The leading dot and the suffix keep a half-written file out of every "*.crt" listing.
        var temporary = Path.Combine(Path.GetDirectoryName(fullPath)!, $".{Path.GetFileName(fullPath)}.{Guid.NewGuid():N}.tmp");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = mode,
            };
            using (var stream = new FileStream(temporary, options))
            {
                // The process's umask may have taken bits away that the file is meant to have.
                File.SetUnixFileMode(stream.SafeFileHandle, mode);
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, fullPath, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    internal static void WriteText(string path, string content, UnixFileMode mode) => Write(path, Encoding.ASCII.GetBytes(content), mode);

    /// <exception cref="InvalidDataException">The file is larger than <paramref name="maxLength"/> bytes.</exception>
    public static byte[] Read(string path, int maxLength)
    {
        using var stream = File.OpenRead(path);
        return Read(stream, maxLength);
    }

    /// <summary>Reads a private key file, which nobody but its owner may be able to open.</summary>
    /// <exception cref="InvalidDataException">The file is too large, or its permissions are wider than 0600.</exception>
    public static byte[] ReadPrivate(string path, int maxLength)
    {
        using var stream = File.OpenRead(path);
        var mode = File.GetUnixFileMode(stream.SafeFileHandle);
        if ((mode & ~OwnerOnly) != UnixFileMode.None)
        {
            throw new InvalidDataException(
                $"the private key has the permissions {Octal(mode)}; nobody but its owner may read it: chmod 600, and replace it if others had access");
        }

        return Read(stream, maxLength);
    }

    internal static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8).PadLeft(3, '0');

    private static byte[] Read(FileStream stream, int maxLength)
    {
        if (stream.Length > maxLength)
        {
            throw new InvalidDataException($"the file is {stream.Length} bytes long; at most {maxLength} are read");
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
