using System.Globalization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>What one rule said about a connection or request.</summary>
/// <param name="Index">Counted from 0.</param>
/// <param name="Mismatch">The first field that did not match, or null when the rule matched.</param>
/// <param name="NeedsHttp">The rule has HTTP fields, which TCP traffic cannot answer.</param>
/// <param name="OnTcp">There was no HTTP request to judge.</param>
public sealed record RuleTrace(int Index, string? Mismatch, bool NeedsHttp, bool OnTcp = true)
{
    public bool Matched => Mismatch is null;

    /// <summary>Half a sentence for the operator.</summary>
    public string Explanation => string.Create(
        CultureInfo.InvariantCulture,
        $"rule {Index} {(Matched ? NeedsHttp && OnTcp ? "matched, its HTTP fields counted as matched on TCP" : "matched" : $"failed on {Mismatch}")}");
}
