namespace NodeMesh.Cli.Api;

/// <summary>Why a request to the daemon or the controller failed.</summary>
internal enum ApiFailure
{
    /// <summary>Nobody answers at the address.</summary>
    Unreachable,

    /// <summary>This user is not let in.</summary>
    Forbidden,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>Somebody else changed it meanwhile, or it stands otherwise than the request takes for granted.</summary>
    Conflict,

    /// <summary>What was asked to be gone on from is too old: it has to be begun anew.</summary>
    Gone,

    /// <summary>The answer is that it will not or cannot be done.</summary>
    Rejected,

    /// <summary>What answered does not speak the API.</summary>
    Unintelligible,
}
