using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace NodeMesh.Cli.Support;

/// <summary>A tar.gz of texts, each redacted before it is written. One per bundle; used by one thread.</summary>
internal sealed class SupportArchive : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TarWriter _tar;
    private readonly string _directory;
    private readonly TimeProvider _time;

    /// <param name="path">The file, which must not exist.</param>
    /// <param name="directory">What everything in it stands below.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SupportArchive(string path, string directory, TimeProvider time)
    {
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        _tar = new TarWriter(new GZipStream(file, CompressionLevel.Optimal), TarEntryFormat.Pax, leaveOpen: false);
        (_directory, _time) = (directory, time);
    }

    public void Add(string name, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(Redactor.Redact(text)));
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{_directory}/{name}")
        {
            DataStream = content,
            Mode = OwnerOnly,
            ModificationTime = _time.GetUtcNow(),
        });
    }

    public void Dispose() => _tar.Dispose();
}
