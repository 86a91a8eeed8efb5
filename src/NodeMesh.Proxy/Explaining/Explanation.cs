using System.Net;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Explaining;

/// <summary>The answer to an <see cref="ExplainQuery"/>, by the configuration in force; nothing was opened for it.</summary>
public sealed record Explanation
{
    public required long Revision { get; init; }

    /// <summary>The source as <c>namespace/name</c>; null when only an identity was given.</summary>
    public string? SourceWorkload { get; init; }

    public SpiffeId? SourceIdentity { get; init; }

    /// <summary>Whether the source is a workload of this node.</summary>
    public required bool SourceIsLocal { get; init; }

    /// <summary>The address that the destination stands for; null when the name is not known.</summary>
    public IPAddress? Address { get; init; }

    public MeshServicePort? Service { get; init; }

    public required ExplainOutcome Outcome { get; init; }

    /// <summary>None unless it is, or may be, refused.</summary>
    public RefusalCode Refusal { get; init; }

    public IReadOnlyList<ExplainedEndpoint> Endpoints { get; init; } = [];

    /// <summary>What was found out, in order, one sentence each.</summary>
    public required IReadOnlyList<string> Steps { get; init; }
}
