namespace NodeMesh.Transport.Relaying;

/// <summary>Which way relayed bytes go, seen from the client that opened the connection.</summary>
public enum RelayDirection
{
    ToUpstream,
    ToClient,
}
