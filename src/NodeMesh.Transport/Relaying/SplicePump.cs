using System.Runtime.CompilerServices;
using NodeMesh.Linux;
using NodeMesh.Linux.Splicing;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Relaying;

/// <summary>
/// The bulk part of a relay between two plain sockets: bytes go through a kernel pipe, never through the process. It holds its pipe only while
/// bulk flows, and hands back to the copying relay at the end of the stream or when the flow thins out.
/// </summary>
internal static class SplicePump
{
    /// <summary>Moves in a row before the loop's other connections get their turn (each up to the pipe's size).</summary>
    private const int MovesPerTurn = 8;

    /// <summary>Less than a buffer at a time is cheaper copied.</summary>
    private const int ThinFlow = 16 * 1024;

    /// <summary>Runs until the flow thins out or ends; null then, else which side failed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<SpliceFailure?> RunAsync(SocketPipeReader source, SocketPipeWriter target, Relay relay, RelayDirection direction)
    {
        // What was copied before must be out before the pipe overtakes it.
        while (target.Pending > 0)
        {
            await target.WaitWritableAsync();
            if (target.Failure is { } failure)
            {
                return new SpliceFailure(true, failure);
            }
        }

        using var pipe = SplicePipe.TryCreate();
        if (pipe is null)
        {
            return null;
        }

        for (var moves = 1; ; moves++)
        {
            // Whoever closes a connection during a wait frees the number of its descriptor for another.
            if (source.HasEnded)
            {
                return null;
            }

            var filled = pipe.Fill(source.Socket);
            if (filled == -Errno.EAGAIN || filled == 0)
            {
                // Nothing more at once: the copying relay waits, without a pipe, and sees the end of the stream itself.
                return null;
            }

            if (filled < 0)
            {
                return new SpliceFailure(false, source.CreateFailure(filled));
            }

            relay.Account(direction, filled);
            while (pipe.Buffered > 0)
            {
                if (target.Failure is { } failure)
                {
                    return new SpliceFailure(true, failure);
                }

                var drained = pipe.Drain(target.Socket);
                if (drained == -Errno.EAGAIN)
                {
                    await target.WaitWritableAsync();
                }
                else if (drained < 0)
                {
                    return new SpliceFailure(true, target.CreateFailure(drained));
                }
            }

            if (filled < ThinFlow)
            {
                return null;
            }

            if (moves % MovesPerTurn == 0)
            {
                await source.WaitReadableAsync();
            }
        }
    }
}
