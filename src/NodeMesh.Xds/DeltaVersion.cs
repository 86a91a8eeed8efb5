using System.Globalization;

namespace NodeMesh.Xds;

/// <summary>A revision as the version of a resource.</summary>
public static class DeltaVersion
{
    public static string Of(long revision) => revision.ToString(CultureInfo.InvariantCulture);
}
