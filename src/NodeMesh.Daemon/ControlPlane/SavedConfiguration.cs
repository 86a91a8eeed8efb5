using System.Security.Cryptography;
using Google.Protobuf;
using NodeMesh.Spiffe.Files;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// The last good configuration in a file, so that the node starts without a controller: SHA-256, then the message of it. Written whole or not at all; one
/// that is damaged counts as none.
/// </summary>
internal sealed class SavedConfiguration(string state)
{
    private const int MaxBytes = 512 * 1024 * 1024;

    private string Path => System.IO.Path.Combine(state, "configuration");

    /// <summary>When it was known to be the controller's newest for the last time: the time of the file.</summary>
    public DateTimeOffset ConfirmedAt => new(File.GetLastWriteTimeUtc(Path));

    /// <summary>It is still the controller's newest.</summary>
    /// <exception cref="IOException">The file is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be changed.</exception>
    public void Confirm(DateTimeOffset now) => File.SetLastWriteTimeUtc(Path, now.UtcDateTime);

    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Save(DeltaDiscoveryResponse configuration)
    {
        var message = configuration.ToByteArray();
        AtomicFile.Write(Path, [.. SHA256.HashData(message), .. message], AtomicFile.OwnerOnly);
    }

    /// <summary>Null where there is none, with the reason if there is one that cannot be used.</summary>
    public DeltaDiscoveryResponse? TryLoad(out string? problem)
    {
        problem = null;
        if (!File.Exists(Path))
        {
            return null;
        }

        try
        {
            var content = AtomicFile.ReadPrivate(Path, MaxBytes).AsSpan();
            if (content.Length >= SHA256.HashSizeInBytes
                && SHA256.HashData(content[SHA256.HashSizeInBytes..]).AsSpan().SequenceEqual(content[..SHA256.HashSizeInBytes]))
            {
                return DeltaDiscoveryResponse.Parser.ParseFrom(content[SHA256.HashSizeInBytes..]);
            }

            problem = $"{Path} is damaged: its checksum is another";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or InvalidProtocolBufferException)
        {
            problem = $"{Path} cannot be used: {e.Message}";
        }

        return null;
    }
}
