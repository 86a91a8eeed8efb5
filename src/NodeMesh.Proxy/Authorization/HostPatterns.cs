using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>Compiles host patterns, which are compared as <see cref="HostText"/> leaves the hosts of requests: without the final dot.</summary>
internal static class HostPatterns
{
    internal static BytesMatcher Compile(ValueList<StringPattern> hosts) =>
        new(hosts.AsEnumerable().Select(WithoutFinalDot).ToValueList(), ignoreCase: true);

    // A prefix such as "shop.*" keeps its dot: more follows it.
    private static StringPattern WithoutFinalDot(StringPattern host) =>
        host.Kind is StringPatternKind.Exact or StringPatternKind.Suffix && host.Text is [_, .., '.'] ? host with { Text = host.Text[..^1] } : host;
}
