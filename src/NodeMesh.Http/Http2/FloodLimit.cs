namespace NodeMesh.Http.Http2;

/// <summary>A token bucket's shape: so many at once, then so many per second.</summary>
public readonly record struct FloodLimit(int Burst, int PerSecond);
