using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>One entry of <c>to</c>, compiled. Immutable; evaluating allocates nothing.</summary>
internal sealed class CompiledOperation
{
    private readonly PortMatcher _ports;
    private readonly PortMatcher _notPorts;
    private readonly BytesMatcher _hosts;
    private readonly BytesMatcher _notHosts;
    private readonly BytesMatcher _methods;
    private readonly BytesMatcher _notMethods;
    private readonly PathMatcher _paths;
    private readonly PathMatcher _notPaths;

    internal CompiledOperation(AuthorizationOperation operation)
    {
        _ports = new PortMatcher(operation.Ports);
        _notPorts = new PortMatcher(operation.NotPorts);
        _hosts = HostPatterns.Compile(operation.Hosts);
        _notHosts = HostPatterns.Compile(operation.NotHosts);
        _methods = new BytesMatcher(operation.Methods);
        _notMethods = new BytesMatcher(operation.NotMethods);
        _paths = new PathMatcher(operation.Paths);
        _notPaths = new PathMatcher(operation.NotPaths);
    }

    /// <summary>The first field that does not match, or null when all do. Without a request, HTTP fields are judged by the rule.</summary>
    internal string? Mismatch(in ConnectionFacts facts, in RequestFacts request, UnknownAttribute unknown) =>
        AttributeMatch.Mismatch(_ports, _notPorts, facts.Destination.Port, "ports", "notPorts")
            ?? (request.IsHttp ? HttpMismatch(request, unknown) : null);

    private string? HttpMismatch(in RequestFacts request, UnknownAttribute unknown) =>
        AttributeMatch.Mismatch(_hosts, _notHosts, request.Host, unknown, "hosts", "notHosts")
            ?? AttributeMatch.Mismatch(_methods, _notMethods, request.Method, unknown, "methods", "notMethods")
            ?? AttributeMatch.Mismatch(_paths, _notPaths, request.Path, unknown, "paths", "notPaths");
}
