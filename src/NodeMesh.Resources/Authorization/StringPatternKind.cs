namespace NodeMesh.Resources.Authorization;

/// <summary>The four ways a string of an AuthorizationPolicy matches.</summary>
public enum StringPatternKind
{
    /// <summary><c>abc</c></summary>
    Exact,

    /// <summary><c>abc*</c></summary>
    Prefix,

    /// <summary><c>*abc</c></summary>
    Suffix,

    /// <summary><c>*</c>: any text, but not none.</summary>
    Present,
}
