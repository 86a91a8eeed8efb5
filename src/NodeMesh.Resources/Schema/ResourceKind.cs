using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>How resources of one kind are read and written.</summary>
internal abstract class ResourceKind(string apiVersion, string kind)
{
    public string ApiVersion => apiVersion;

    public string Kind => kind;

    /// <summary>Reads a document of this kind, or reports what is wrong and returns null.</summary>
    public abstract Resource? Read(FieldScope document);

    public abstract YamlMapping Write(Resource resource, bool defaults);

    /// <summary>The paths of every field below <c>spec</c>.</summary>
    public abstract IEnumerable<string> SpecFields();
}
