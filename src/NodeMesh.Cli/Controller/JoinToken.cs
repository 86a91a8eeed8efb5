namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>POST /v1/nodes/NAME/tokens</c>.</summary>
internal sealed record JoinToken
{
    public string Node { get; set; } = "";

    public string Token { get; set; } = "";

    public DateTimeOffset ExpiresAt { get; set; }
}
