namespace NodeMesh.Resources.Services;

/// <summary>How long the parts of a connection or request to the service may take. Zero means without end, where that is allowed.</summary>
public sealed record ServiceTimeouts
{
    /// <summary>To have a connection to an endpoint.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the end of a request's head to the end of its response, all tries together (Gateway API's <c>timeouts.request</c>).</summary>
    public TimeSpan Request { get; init; }

    /// <summary>As <see cref="Request"/>, for one try (Gateway API's <c>timeouts.backendRequest</c>).</summary>
    public TimeSpan PerTry { get; init; }

    /// <summary>Without a byte of a request or its response.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);
}
