using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Spiffe.Svids;

/// <summary>What <see cref="SvidValidator"/> found: the peer's identity, or why it has none. Immutable.</summary>
public sealed class SvidValidation
{
    private SvidValidation(SpiffeId? id, DateTimeOffset notAfter, SvidFailure failure, string detail)
    {
        Id = id;
        NotAfter = notAfter;
        Failure = failure;
        Detail = detail;
    }

    [MemberNotNullWhen(true, nameof(Id))]
    public bool IsValid => Id is not null;

    /// <summary>The authenticated identity, or null when the SVID was refused.</summary>
    public SpiffeId? Id { get; }

    /// <summary>When the first certificate of the path ends: after it the identity no longer holds, also for a connection still open.</summary>
    public DateTimeOffset NotAfter { get; }

    public SvidFailure Failure { get; }

    /// <summary>For the operator: what was found and what would be right. Holds no control characters. Empty when valid.</summary>
    public string Detail { get; }

    public override string ToString() => IsValid ? Id.ToString() : $"{Failure}: {Detail}";

    internal static SvidValidation Valid(SpiffeId id, DateTimeOffset notAfter) => new(id, notAfter, SvidFailure.None, "");

    internal static SvidValidation Refused(SvidFailure failure, string detail) => new(null, default, failure, detail);
}
