namespace NodeMesh.Spiffe.Files;

/// <summary>One file of a directory that could not be used, and why, in words for the operator. The other files are still used.</summary>
/// <param name="FileName">The name within the directory, without its path.</param>
/// <param name="Reason">What is wrong and what would be right.</param>
public sealed record FileProblem(string FileName, string Reason)
{
    public override string ToString() => $"{FileName}: {Reason}";
}
