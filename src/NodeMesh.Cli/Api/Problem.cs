namespace NodeMesh.Cli.Api;

/// <summary>Problem details (RFC 9457), the form of every error.</summary>
internal sealed record Problem
{
    public string? Title { get; set; }

    public string? Detail { get; set; }

    public IReadOnlyList<Issue>? Errors { get; set; }
}
