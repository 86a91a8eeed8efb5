namespace NodeMesh.Resources.Services;

/// <summary>How the endpoints of a ServiceEntry are found.</summary>
public enum ServiceEntryResolution
{
    /// <summary>The connection goes to the address the application chose.</summary>
    None,

    /// <summary>The endpoints are given, by address.</summary>
    Static,

    /// <summary>The endpoints' names, or else the entry's hosts, are looked up.</summary>
    Dns,
}
