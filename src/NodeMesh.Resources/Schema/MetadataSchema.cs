namespace NodeMesh.Resources.Schema;

/// <summary>The <c>metadata</c> of namespaced kinds and of the others.</summary>
internal static class MetadataSchema
{
    public static ObjectSchema<ResourceMetadata> For(string kind, bool isNamespaced, ValueSchema<string> name)
    {
        List<Field<ResourceMetadata>> fields =
        [
            Fields.Required("name", name, (ResourceMetadata m) => m.Name, (m, v) => m with { Name = v }),
            Fields.Optional("labels", new LabelsSchema(Scalars.LabelValue), (ResourceMetadata m) => m.Labels, (m, v) => m with { Labels = v }),
            Fields.Optional("annotations", new LabelsSchema(Scalars.AnyText), (ResourceMetadata m) => m.Annotations, (m, v) => m with { Annotations = v }),
        ];
        if (isNamespaced)
        {
            fields.Insert(1, Fields.Optional("namespace", Scalars.DnsLabel, (ResourceMetadata m) => m.Namespace, (m, v) => m with { Namespace = v }));
        }

        return new ObjectSchema<ResourceMetadata>(
            $"the metadata of a {kind}", () => isNamespaced ? ResourceMetadata.Of("") : ResourceMetadata.Global(""), fields);
    }
}
