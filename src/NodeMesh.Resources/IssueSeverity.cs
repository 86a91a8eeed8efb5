namespace NodeMesh.Resources;

/// <summary>Whether resources with the issue can be used.</summary>
public enum IssueSeverity
{
    Warning,
    Error,
}
