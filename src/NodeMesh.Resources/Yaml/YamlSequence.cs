namespace NodeMesh.Resources.Yaml;

/// <summary>A list of nodes.</summary>
internal sealed class YamlSequence(int line = 0, int column = 0) : YamlNode(line, column)
{
    public List<YamlNode> Items { get; } = [];

    public override string Description => "a list";
}
