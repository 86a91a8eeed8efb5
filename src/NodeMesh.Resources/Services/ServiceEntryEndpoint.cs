namespace NodeMesh.Resources.Services;

/// <summary>An endpoint of an outside service.</summary>
public sealed record ServiceEntryEndpoint
{
    /// <summary>An IP address, or with <see cref="ServiceEntryResolution.Dns"/> also a DNS name.</summary>
    public required string Address { get; init; }

    /// <summary>Null: the entry's port.</summary>
    public ushort? Port { get; init; }
}
