namespace NodeMesh.Resources.Mesh;

/// <summary>How HTTP is read, on every node.</summary>
public sealed record HttpSettings
{
    /// <summary>Names and values of a message's fields together, in bytes, as RFC 9113 (6.5.2) counts them.</summary>
    public int MaxHeaderBytes { get; init; } = 60 * 1024;

    public int MaxHeaderFields { get; init; } = 100;

    /// <summary>The first line of an HTTP/1.1 request, in bytes.</summary>
    public int MaxRequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Requests at a time on one connection of an application or of a peer in the mesh.</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>Requests at a time on one connection from outside the mesh.</summary>
    public int MaxConcurrentStreamsOutside { get; init; } = 100;

    /// <summary>From the first byte of a request's head to its last.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A client's connection without a request for this long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the first bytes of an undeclared protocol are waited for, before the connection is carried as TCP.</summary>
    public TimeSpan SniffTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Several slashes in a path are made one before it is judged and forwarded.</summary>
    public bool MergeSlashes { get; init; }

    public EncodedSlashes EncodedSlashes { get; init; }

    public HttpFloodLimits Floods { get; init; } = new();
}
