namespace NodeMesh.Http.Paths;

/// <summary>What normalising a path came to. All but the first two are answered with 400.</summary>
public enum PathOutcome
{
    /// <summary>It was normal already.</summary>
    Unchanged,
    Changed,

    /// <summary>It does not start with a slash (and is not <c>*</c>).</summary>
    NotAPath,

    /// <summary>A percent sign without two hexadecimal digits behind it.</summary>
    InvalidEscape,

    /// <summary>A fragment, which no request target has.</summary>
    Fragment,
    EncodedSlash,
    Backslash,
    EncodedNul,
}
