namespace NodeMesh.Cli.Admin;

/// <summary>Why a request to the daemon failed.</summary>
internal enum AdminFailure
{
    /// <summary>Nobody answers at the socket.</summary>
    Unreachable,

    /// <summary>The socket or the daemon does not let this user in.</summary>
    Forbidden,

    /// <summary>The daemon knows no such thing.</summary>
    NotFound,

    /// <summary>The daemon answered that it will not or cannot.</summary>
    Rejected,

    /// <summary>What answered does not speak the admin API.</summary>
    Unintelligible,
}
