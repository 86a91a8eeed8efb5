namespace NodeMesh.Cli.Admin;

/// <summary>A file of identities or bundles that the daemon cannot use.</summary>
internal sealed record FileTrouble
{
    public string File { get; set; } = "";

    public string Reason { get; set; } = "";
}
