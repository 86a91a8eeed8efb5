namespace NodeMesh.Http.Http1;

/// <summary>What the Connection fields of one head ask for.</summary>
[Flags]
internal enum ConnectionOptions
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,

    /// <summary>Names other fields, which are then hop-by-hop too.</summary>
    NamesFields = 8,
}
