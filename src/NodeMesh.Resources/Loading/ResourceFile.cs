namespace NodeMesh.Resources.Loading;

/// <summary>A file of resources, or what stands for one.</summary>
/// <param name="Name">As it appears in errors.</param>
/// <param name="Content">YAML (or JSON, which is YAML) in UTF-8, any number of documents.</param>
public sealed record ResourceFile(string Name, ReadOnlyMemory<byte> Content)
{
    /// <summary>Of what does not come from a file.</summary>
    internal static ResourceFile None { get; } = new("", default);
}
