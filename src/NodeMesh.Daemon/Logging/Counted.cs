using System.Globalization;

namespace NodeMesh.Daemon.Logging;

/// <summary>Numbers of things as people read them: <c>1 resource</c>, <c>2 resources</c>. Stateless.</summary>
internal static class Counted
{
    /// <param name="thing">In the singular, with a regular plural.</param>
    public static string Text(long count, string thing) => Text(count, thing, thing + "s");

    public static string Text(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
