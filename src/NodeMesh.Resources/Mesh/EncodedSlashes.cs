namespace NodeMesh.Resources.Mesh;

/// <summary>What becomes of <c>%2F</c> and <c>%5C</c> in the path of a request.</summary>
public enum EncodedSlashes
{
    /// <summary>It stays as it is.</summary>
    Keep,

    /// <summary>The request is refused: for applications that decode it and would see another path than was judged.</summary>
    Reject,
}
