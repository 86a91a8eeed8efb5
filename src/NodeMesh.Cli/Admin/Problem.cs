namespace NodeMesh.Cli.Admin;

/// <summary>Problem details (RFC 9457), the form of every error of the admin API.</summary>
internal sealed record Problem
{
    public string? Title { get; set; }

    public string? Detail { get; set; }

    public IReadOnlyList<Issue>? Errors { get; set; }
}
