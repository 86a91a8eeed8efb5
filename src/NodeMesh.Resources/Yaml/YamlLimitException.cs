namespace NodeMesh.Resources.Yaml;

/// <summary>A YAML file holds something that resource files may not hold; reading stops there.</summary>
internal sealed class YamlLimitException(string message, int line, int column) : Exception(message)
{
    public int Line => line;

    public int Column => column;
}
