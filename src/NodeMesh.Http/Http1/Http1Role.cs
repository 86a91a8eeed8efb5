namespace NodeMesh.Http.Http1;

/// <summary>Which end of the connection an engine is.</summary>
public enum Http1Role
{
    Server,
    Client,
}
