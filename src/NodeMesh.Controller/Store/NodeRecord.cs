namespace NodeMesh.Controller.Store;

/// <summary>A node that has joined at some time.</summary>
/// <param name="Serial">Of the certificate that it shows.</param>
/// <param name="NextSerial">Of one that it was given since, and has not shown yet; null when there is none.</param>
/// <param name="NotAfter">When the last of them ends.</param>
internal sealed record NodeRecord(string Name, NodeState State, DateTimeOffset JoinedAt, string Serial, string? NextSerial, DateTimeOffset NotAfter);
