using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>A kind by its declaration: the record, the blank one that holds the defaults, and the fields of <c>spec</c>.</summary>
internal sealed class DeclaredKind<T> : ResourceKind
    where T : Resource
{
    private readonly Func<ResourceMetadata, T> _blank;
    private readonly ObjectSchema<ResourceMetadata> _metadata;
    private readonly ObjectSchema<T> _spec;
    private readonly ObjectSchema<T> _document;

    /// <param name="blank">A record with this metadata and every default; required properties hold anything.</param>
    /// <param name="spec">The fields of <c>spec</c>.</param>
    /// <param name="isNamespaced">False for kinds that stand outside namespaces.</param>
    /// <param name="name">What a name may be; a DNS label where nothing else is said.</param>
    /// <param name="complete">Fills in defaults that depend on other fields.</param>
    /// <param name="check">Reports what is wrong between fields of <c>spec</c>; its scope is the spec.</param>
    public DeclaredKind(
        string kind,
        Func<ResourceMetadata, T> blank,
        IReadOnlyList<Field<T>> spec,
        bool isNamespaced = true,
        ValueSchema<string>? name = null,
        Func<T, T>? complete = null,
        Action<T, FieldScope>? check = null)
        : base(Resource.NodeMeshV1, kind)
    {
        T Nameless() => blank(ResourceMetadata.Of("nameless"));
        _blank = blank;
        _metadata = MetadataSchema.For(kind, isNamespaced, name ?? Scalars.DnsLabel);
        _spec = new ObjectSchema<T>($"the spec of a {kind}", Nameless, spec, complete, check);
        _document = new ObjectSchema<T>($"a {kind}", Nameless,
        [
            new AlreadyReadField<T>("apiVersion", ApiVersion),
            new AlreadyReadField<T>("kind", kind),
            new AlreadyReadField<T>("metadata", _metadata.Expected),
            Fields.RequiredGroup("spec", _spec),
        ]);
    }

    public override Resource? Read(FieldScope document)
    {
        var errors = document.Document.Errors;
        var metadata = _metadata.Blank;
        if (document.Node is YamlMapping mapping && mapping.Find("metadata") is { } node)
        {
            _metadata.TryReadInto(document.Field("metadata", node), metadata, out metadata);
            document.Document.Resource = metadata.Name.Length > 0 ? new ResourceKey(Kind, metadata.Namespace, metadata.Name) : null;
        }

        return _document.TryReadInto(document, _blank(metadata), out var resource) && document.Document.Errors == errors ? resource : null;
    }

    public override YamlMapping Write(Resource resource, bool defaults)
    {
        var document = new YamlMapping();
        document.Add("apiVersion", new YamlScalar(ApiVersion, ScalarType.Text));
        document.Add("kind", new YamlScalar(Kind, ScalarType.Text));
        document.Add("metadata", _metadata.WriteOver(resource.Metadata, _metadata.Blank, defaults));
        document.Add("spec", _spec.WriteOver((T)resource, _blank(resource.Metadata), defaults));
        return document;
    }

    public override IEnumerable<string> SpecFields() => _spec.FieldsBelow("spec");
}
