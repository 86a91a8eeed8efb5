namespace NodeMesh.Resources.Mesh;

/// <summary>How many frames of a kind an HTTP/2 peer may send out of proportion: so many at once, then so many per second.</summary>
public sealed record HttpFloodLimit(int Burst, int PerSecond);
