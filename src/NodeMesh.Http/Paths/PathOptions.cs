namespace NodeMesh.Http.Paths;

/// <summary>How request paths are normalised. Immutable. The defaults are those of reference implementations: RFC 3986, 6.2.2, and no NUL.</summary>
public sealed record PathOptions
{
    /// <summary>Whether several slashes in a row become one. Default no: they name another resource.</summary>
    public bool MergeSlashes { get; init; }

    /// <summary>Whether a path with <c>%2F</c> is refused; otherwise it stays encoded. Default no.</summary>
    public bool RejectEncodedSlashes { get; init; }

    /// <summary>Whether a path with a backslash, plain or as <c>%5C</c>, is refused, because some servers take it for a slash; otherwise it stays. Default no.</summary>
    public bool RejectBackslashes { get; init; }

    /// <summary>Whether a path with <c>%00</c> is refused, because some servers end the path there; otherwise it stays encoded. Default yes.</summary>
    public bool RejectEncodedNul { get; init; } = true;
}
