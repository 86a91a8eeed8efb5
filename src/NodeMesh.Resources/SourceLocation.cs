namespace NodeMesh.Resources;

/// <summary>A place in a file.</summary>
/// <param name="Line">From 1; 0 when the whole file is meant.</param>
/// <param name="Column">From 1; 0 when the whole file is meant.</param>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <summary><c>shop.yaml:12:9</c>, as compilers write it and editors jump to.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
