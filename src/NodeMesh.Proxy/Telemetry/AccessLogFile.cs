namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Appends lines to a file, made with mode 0640 if it is missing. A failed write closes the file, so that the next one finds a moved,
/// removed or freed disk as it is then; a line that was written in part is ended first. Truncating the file in place is safe too.
/// </summary>
public sealed class AccessLogFile : IAccessLogOutput
{
    private readonly string _path;
    private FileStream? _file;

    public AccessLogFile(string path)
    {
        _path = path;
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            _file ??= Open();
            if (_file.CanSeek)
            {
                _file.Seek(0, SeekOrigin.End);
            }

            _file.Write(lines);
        }
        catch (UnauthorizedAccessException e)
        {
            Reopen();
            throw new IOException(e.Message, e);
        }
        catch (IOException)
        {
            Reopen();
            throw;
        }
    }

    public void Reopen()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Reopen();

    private FileStream Open()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        };
        var file = new FileStream(_path, options);
        EndPartialLine(file);
        return file;
    }

    private static void EndPartialLine(FileStream file)
    {
        if (!file.CanSeek || file.Length == 0)
        {
            return;
        }

        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() != '\n')
        {
            file.WriteByte((byte)'\n');
        }
    }
}
