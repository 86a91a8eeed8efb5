namespace NodeMesh.Controller.Options;

/// <summary>Where an authority is that was made elsewhere.</summary>
/// <param name="Certificate">The certificate that signs, then those above it.</param>
/// <param name="Key">Its key.</param>
/// <param name="Roots">What nodes are to trust.</param>
internal sealed record AuthorityPaths(string Certificate, string Key, string Roots);
