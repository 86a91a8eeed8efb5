using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>One entry of <c>to</c>, compiled. Its HTTP fields are judged by the rule: at this layer they are never known. Immutable.</summary>
internal sealed class CompiledOperation
{
    private readonly PortMatcher _ports;
    private readonly PortMatcher _notPorts;

    internal CompiledOperation(AuthorizationOperation operation)
    {
        _ports = new PortMatcher(operation.Ports);
        _notPorts = new PortMatcher(operation.NotPorts);
    }

    /// <summary>The first field that does not match, or null when all do.</summary>
    internal string? Mismatch(in ConnectionFacts facts) =>
        AttributeMatch.Mismatch(_ports, _notPorts, facts.Destination.Port, "ports", "notPorts");
}
