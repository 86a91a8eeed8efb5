using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;

namespace NodeMesh.Xds;

/// <summary>Revisions as delta xDS has them: of a whole configuration, and of one resource in it.</summary>
public static class DeltaVersion
{
    private const int HashBytes = 4;

    /// <summary>The version of a configuration.</summary>
    public static string Of(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The version of a resource: the revision that made it so, and the beginning of a hash. A store that was set back gives the numbers out a second time,
    /// and a node must not take what it has for what that made.
    /// </summary>
    public static string Of(long revision, ByteString value) =>
        string.Create(CultureInfo.InvariantCulture, $"{revision}-{Convert.ToHexStringLower(SHA256.HashData(value.Span).AsSpan(0, HashBytes))}");

    /// <summary>The revision; null when it is none, as before the first.</summary>
    public static long? Read(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null;
}
