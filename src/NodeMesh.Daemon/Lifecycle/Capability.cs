namespace NodeMesh.Daemon.Lifecycle;

/// <summary>A Linux capability that the daemon uses.</summary>
/// <param name="Name">As capabilities(7) writes it.</param>
/// <param name="IsHeld">True when the process has it in effect.</param>
/// <param name="IsRequired">True when the daemon, as configured, cannot work without.</param>
/// <param name="Purpose">What it is for, and what happens without.</param>
internal sealed record Capability(string Name, bool IsHeld, bool IsRequired, string Purpose);
