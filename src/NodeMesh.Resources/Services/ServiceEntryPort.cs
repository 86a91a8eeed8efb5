namespace NodeMesh.Resources.Services;

/// <summary>A port of an outside service.</summary>
public sealed record ServiceEntryPort
{
    /// <summary>Unique in the entry. May be left out when the entry has one port; then it is empty.</summary>
    public string Name { get; init; } = "";

    public required ushort Port { get; init; }

    public AppProtocol Protocol { get; init; }
}
