namespace NodeMesh.Daemon.ControlPlane;

/// <summary>How this node stands with its controller. Immutable, swapped whole.</summary>
/// <param name="Address">The controller that is connected, or was tried last; null before the first attempt.</param>
/// <param name="Trouble">Why there is no connection; null while there is one.</param>
/// <param name="Since">Since when there is one, or none.</param>
internal sealed record ControllerState(string? Address, string? Trouble, DateTimeOffset Since)
{
    public bool IsConnected => Trouble is null;
}
