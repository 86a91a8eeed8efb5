namespace NodeMesh.Xds.Delta;

/// <summary>A node missed more than is remembered; it is to connect again, and say what it has.</summary>
public sealed class DeltaOutdatedException() : Exception("more was removed than is remembered; connect again");
