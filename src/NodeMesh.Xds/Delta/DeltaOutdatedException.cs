namespace NodeMesh.Xds.Delta;

/// <summary>What a node has cannot be told from its digest, or it missed more than is remembered; it is to connect again, and say by name what it has.</summary>
public sealed class DeltaOutdatedException() : Exception("what you have is not remembered; connect again, and say by name what it is");
