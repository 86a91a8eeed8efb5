namespace NodeMesh.Resources.Schema;

/// <summary>The <c>selector</c> of policies.</summary>
internal static class SelectorSchema
{
    public static ObjectSchema<LabelSelector> Labels { get; } = new("a selector", () => new LabelSelector { MatchLabels = Resources.Labels.Empty },
    [
        Fields.Required(
            "matchLabels",
            new LabelsSchema(Scalars.LabelValue, mayBeEmpty: false),
            (LabelSelector s) => s.MatchLabels,
            (s, v) => s with { MatchLabels = v }),
    ]);
}
