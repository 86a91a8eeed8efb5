using System.Buffers;
using NodeMesh.Http.Sniffing;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// Waits for a client's first bytes to tell what it speaks, and leaves them unread. A client that waits for the server to speak first sends none:
/// after a while that is an answer too. Made per connection whose protocol is not declared, on its loop.
/// </summary>
internal sealed class FirstBytes(ILoopDuplex client) : LoopTimer
{
    /// <summary>What it speaks; Other for all that is not certainly HTTP, null when the client was lost meanwhile.</summary>
    /// <param name="abandoned">Cancelled, on the loop, when nobody wants to know any more.</param>
    public async ValueTask<SniffedProtocol?> SniffAsync(TimeSpan timeout, CancellationToken abandoned)
    {
        var input = client.Input;
        using var registration = abandoned.UnsafeRegister(static first => ((FirstBytes)first!).GiveUp(), this);
        client.Loop.Arm(this, timeout);
        try
        {
            while (true)
            {
                // A reader of the loop is not cancelled by a token.
                var read = await input.ReadAsync(CancellationToken.None);
                var guess = Guess(read.Buffer);
                var isOver = guess != SniffedProtocol.Unknown || read.IsCanceled || read.IsCompleted || read.Buffer.Length > ProtocolSniffer.MaxRequestLine;
                input.AdvanceTo(read.Buffer.Start, isOver ? read.Buffer.Start : read.Buffer.End);
                if (isOver)
                {
                    return guess == SniffedProtocol.Unknown ? SniffedProtocol.Other : guess;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            client.Loop.Disarm(this);
        }
    }

    protected override void OnExpired() => GiveUp();

    private void GiveUp() => client.Input.CancelPendingRead();

    private static SniffedProtocol Guess(in ReadOnlySequence<byte> start)
    {
        if (start.IsSingleSegment)
        {
            return ProtocolSniffer.Guess(start.FirstSpan);
        }

        var length = (int)Math.Min(start.Length, ProtocolSniffer.MaxRequestLine + 1);
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        start.Slice(0, length).CopyTo(bytes);
        var guess = ProtocolSniffer.Guess(bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
        return guess;
    }
}
