using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Sessions;

/// <summary>
/// The sending end of a connection as an engine uses it: what was written goes out once per loop turn, and a full output says when it has room again.
/// Made with its connection, on its loop.
/// </summary>
/// <param name="output">Where the engine writes.</param>
/// <param name="hasRoom">Runs when a full output has room again, or never will.</param>
internal sealed class OutputGate(LoopPipeWriter output, Action hasRoom)
{
    private readonly Action _resume = hasRoom;
    private ValueTaskAwaiter<FlushResult> _flush;
    private Action? _continue;

    /// <summary>Whether more may be written now: beyond this the peer must read first.</summary>
    public bool HasRoom { get; private set; } = true;

    /// <summary>Sends what was written at the end of this turn. Cheap to call after every write.</summary>
    public void Flush()
    {
        if (!HasRoom)
        {
            return;
        }

#pragma warning disable CA2012 // The awaiter is kept instead of awaited: under congestion this comes for every 64 KiB, and must not allocate.
        _flush = output.FlushAsync().GetAwaiter();
#pragma warning restore CA2012
        if (!_flush.IsCompleted)
        {
            HasRoom = false;
            _flush.UnsafeOnCompleted(_continue ??= Continue);
        }
    }

    private void Continue()
    {
        _flush.GetResult();
        HasRoom = true;
        _resume();
    }
}
