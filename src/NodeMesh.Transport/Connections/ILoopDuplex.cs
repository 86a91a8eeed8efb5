using System.IO.Pipelines;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>A two-way stream of bytes on one loop, whatever carries it: a socket, a TLS session, a stream of a mesh link. Loop thread only.</summary>
public interface ILoopDuplex : IDuplexPipe
{
    EventLoop Loop { get; }

    new LoopPipeReader Input { get; }

    new LoopPipeWriter Output { get; }

    /// <summary>Nothing is received or sent any more.</summary>
    bool IsClosed { get; }

    /// <summary>The peer cut it, rather than ending its half in order. What came before can still be read.</summary>
    bool WasCut { get; }

    /// <summary>
    /// Runs on the loop when the peer is gone altogether, whether or not anyone reads or writes. Set by whoever waits for something else
    /// meanwhile, such as an answer on this peer's behalf.
    /// </summary>
    Action? HungUp { get; set; }

    /// <summary>Ends it at once in both directions: the peer sees that it was cut, never an orderly end.</summary>
    void Abort();
}
