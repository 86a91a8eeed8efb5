using System.Globalization;

namespace NodeMesh.Xds;

/// <summary>A revision as the version of a resource.</summary>
public static class DeltaVersion
{
    public static string Of(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>The revision; null when it is none, as before the first.</summary>
    public static long? Read(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null;
}
