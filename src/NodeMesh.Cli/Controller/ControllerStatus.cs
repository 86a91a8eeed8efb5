namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/status</c>, as far as it is asked for.</summary>
internal sealed record ControllerStatus
{
    /// <summary>The newest.</summary>
    public long Revision { get; set; }
}
