using System.Globalization;

namespace NodeMesh.Microbench.Allocations;

/// <param name="Subject">What was measured.</param>
/// <param name="Allocated">Bytes allocated by all loops of the path together.</param>
/// <param name="Messages">Messages carried, requests and answers.</param>
/// <param name="BuffersHeld">Buffers still rented when all was silent.</param>
internal sealed record AllocationOutcome(string Subject, long Allocated, int Messages, int BuffersHeld)
{
    public bool Passed => Allocated == 0 && BuffersHeld == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Subject,-46} {Allocated,8} bytes allocated over {Messages} messages, {BuffersHeld} buffers held when idle: {(Passed ? "ok" : "OVER BUDGET (0 and 0)")}");
}
