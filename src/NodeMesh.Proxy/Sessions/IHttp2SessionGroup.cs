namespace NodeMesh.Proxy.Sessions;

/// <summary>Marks what a pool ties to its connections.</summary>
internal interface IHttp2SessionGroup;
