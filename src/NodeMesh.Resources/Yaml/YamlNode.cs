namespace NodeMesh.Resources.Yaml;

/// <summary>A node of a YAML document with the place it begins at. Line and column count from 1; both are 0 for a node made for writing.</summary>
internal abstract class YamlNode(int line, int column)
{
    public int Line => line;

    public int Column => column;

    /// <summary>What the node is, for an error message: <c>a list</c>.</summary>
    public abstract string Description { get; }
}
