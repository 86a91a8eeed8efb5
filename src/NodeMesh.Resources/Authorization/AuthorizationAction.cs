namespace NodeMesh.Resources.Authorization;

/// <summary>What a matching policy does.</summary>
public enum AuthorizationAction
{
    Allow,

    Deny,

    /// <summary>Logs and counts; never decides.</summary>
    Audit,
}
