using System.Globalization;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>Where a node stands in its document; its text is made only for an error.</summary>
internal sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? name, int index)
    {
        _parent = parent;
        _name = name;
        _index = index;
    }

    public static FieldPath Root { get; } = new(null, null, 0);

    public FieldPath Field(string name) => new(this, name, 0);

    public FieldPath Item(int index) => new(this, null, index);

    /// <summary><c>spec.ports[0].port</c>; empty for the document itself.</summary>
    public override string ToString()
    {
        if (_parent is null)
        {
            return "";
        }

        var parent = _parent.ToString();
        if (_name is null)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{parent}[{_index}]");
        }

        var name = FoundText.Of(_name);
        return parent.Length == 0 ? name : $"{parent}.{name}";
    }
}
