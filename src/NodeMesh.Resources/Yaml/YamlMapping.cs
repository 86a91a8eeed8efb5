namespace NodeMesh.Resources.Yaml;

/// <summary>Nodes by name, in the order of the file.</summary>
internal sealed class YamlMapping(int line = 0, int column = 0) : YamlNode(line, column)
{
    private readonly List<KeyValuePair<YamlScalar, YamlNode>> _entries = [];

    public IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> Entries => _entries;

    public override string Description => "a mapping";

    public void Add(string key, YamlNode value) => Add(new YamlScalar(key, ScalarType.Text), value);

    public void Add(YamlScalar key, YamlNode value) => _entries.Add(new(key, value));

    public YamlNode? Find(string key)
    {
        foreach (var (name, value) in _entries)
        {
            if (string.Equals(name.Text, key, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }
}
