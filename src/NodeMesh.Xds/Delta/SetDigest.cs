using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace NodeMesh.Xds.Delta;

/// <summary>
/// Tells whether two have the same resources without naming them: the sum of a hash of each, so that a change costs as much as it changes. Both sides keep
/// theirs; it tells apart what was made by mistake, such as a store that was set back, not by malice.
/// </summary>
internal static class SetDigest
{
    /// <summary>Under this name a node tells its digest, in the place of the versions of everything it has.</summary>
    public const string Name = "*";

    /// <summary>What a resource adds.</summary>
    public static UInt128 Of(string name, string version, ByteString value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{version}\0"));
        hash.AppendData(value.Span);
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static string Text(UInt128 digest) => digest.ToString("x32", null);
}
