using System.Globalization;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A node being read, with its path and document: what a schema needs to say what is wrong, and where.</summary>
internal readonly record struct FieldScope(YamlNode Node, FieldPath Path, DocumentScope Document)
{
    public FieldScope Field(string name, YamlNode value) => new(value, Path.Field(name), Document);

    public FieldScope Item(int index, YamlNode value) => new(value, Path.Item(index), Document);

    public void Error(string message) => Document.Error(Node, Path.ToString(), message);

    /// <summary>Reports an error at a place below this node, such as <c>ports[1].name</c>.</summary>
    public void Error(string below, string message) => Document.Error(Locate(Node, below), Below(below), message);

    public void Warning(string below, string message) => Document.Warning(Locate(Node, below), Below(below), message);

    private string Below(string below)
    {
        var path = Path.ToString();
        return path.Length == 0 || below.Length == 0 ? path + below : $"{path}.{below}";
    }

    /// <summary>The node of the path, or as far on the way to it as the document goes.</summary>
    private static YamlNode Locate(YamlNode node, string path)
    {
        foreach (var step in path.Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            var next = node switch
            {
                YamlMapping mapping => mapping.Find(step),
                YamlSequence sequence when int.TryParse(step.TrimEnd(']'), CultureInfo.InvariantCulture, out var index)
                    && index < sequence.Items.Count => sequence.Items[index],
                _ => null,
            };
            if (next is null)
            {
                return node;
            }

            node = next;
        }

        return node;
    }
}
