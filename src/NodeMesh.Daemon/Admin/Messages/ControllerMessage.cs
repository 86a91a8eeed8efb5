namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>How the node stands with its controller. See docs/admin-api.md.</summary>
internal sealed record ControllerMessage
{
    public string? Address { get; init; }

    public required bool Connected { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Why there is no connection.</summary>
    public string? Trouble { get; init; }

    /// <summary>The controller's, which it told last.</summary>
    public long? Revision { get; init; }

    /// <summary>When what is in force was known to be the newest for the last time.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    public double? AgeSeconds { get; init; }
}
