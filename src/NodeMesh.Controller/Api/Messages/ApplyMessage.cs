namespace NodeMesh.Controller.Api.Messages;

/// <summary>POST /v1/apply. See docs/controller.md.</summary>
internal sealed record ApplyMessage
{
    public IReadOnlyList<FileMessage>? Files { get; init; }

    /// <summary>Resources to delete.</summary>
    public IReadOnlyList<ResourceKeyMessage>? Delete { get; init; }

    /// <summary>Whether one of these may be gone already.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Labels whose other resources are deleted.</summary>
    public IReadOnlyDictionary<string, string>? Prune { get; init; }

    public long? Base { get; init; }

    public bool DryRun { get; init; }

    public string? Reason { get; init; }
}
