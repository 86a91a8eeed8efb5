using NodeMesh.Resources;

namespace NodeMesh.Proxy.Authorization;

/// <summary>A list of ports. Immutable.</summary>
internal sealed class PortMatcher
{
    private readonly ushort[] _ports;

    internal PortMatcher(ValueList<ushort> ports)
    {
        _ports = ports.AsSpan().ToArray();
        Text = ports.ToString();
    }

    internal bool IsEmpty => _ports.Length == 0;

    /// <summary>The ports as the operator wrote them.</summary>
    internal string Text { get; }

    internal bool Matches(ushort port) => _ports.AsSpan().Contains(port);
}
