namespace NodeMesh.Http.Http2;

/// <summary>Which end of the connection this is: the client opens streams, the server answers.</summary>
public enum Http2Role
{
    Client,
    Server,
}
