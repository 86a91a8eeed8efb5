using System.Globalization;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Microbench.Allocations;

/// <param name="Subject">What was measured.</param>
/// <param name="Allocated">Bytes allocated by all loops of the path together.</param>
/// <param name="Messages">Messages carried, requests and answers.</param>
/// <param name="BuffersHeld">Buffers still rented when all was silent.</param>
internal sealed record AllocationOutcome(string Subject, long Allocated, int Messages, int BuffersHeld)
{
    /// <summary>
    /// A pool that was trimmed may grow again by a buffer or two when both directions happen to meet: that is no cost of a message. An object per
    /// message is far beyond it.
    /// </summary>
    private const int Allowed = 4 * (PooledBuffer.Size + 128);

    public bool Passed => Allocated <= Allowed && BuffersHeld == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Subject,-40} {Allocated / Messages} bytes per message ({Allocated} over {Messages}), {BuffersHeld} buffers held when idle: {(Passed ? "ok" : "OVER BUDGET")}");
}
