using Microsoft.AspNetCore.Connections;
using NodeMesh.Http.Http2;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// The receiving end of a mesh stream. Holds at most the stream's receive window; what is consumed is given back to the peer as credit,
/// so a slow reader holds its own sender back and nobody else.
/// </summary>
internal sealed class MeshStreamReader : LoopPipeReader
{
    private readonly MeshStream _stream;
    private readonly WakeItem _wake;
    private long _held;

    public MeshStreamReader(MeshStream stream)
        : base(stream.Link.Loop)
    {
        _stream = stream;
        _wake = new WakeItem(this);
    }

    public void OnData(ReadOnlySpan<byte> data, bool endStream)
    {
        if (IsCompleted)
        {
            // Null when its reader disposed of it from inside this very event, as one that was refused does.
            _stream.Http2?.Consume(data.Length);
            return;
        }

        Append(data);
        if (endStream)
        {
            End(null);
        }

        _held += data.Length;
        if (!_stream.Link.Hold(data.Length))
        {
            _stream.Abort(
                new ConnectionAbortedException("the streams of this daemon hold too much unread data, and this one's link more than its share"),
                Http2ErrorCode.EnhanceYourCalm);
            return;
        }

        if (Buffered >= PooledBuffer.PayloadSize)
        {
            // While it is in the processor's cache.
            Wake();
        }
        else
        {
            // After all frames at hand were taken: several become one write to the application.
            Loop.Enqueue(_wake);
        }
    }

    public void OnBroken(Exception reason)
    {
        End(reason);
        Wake();
    }

    protected override bool TryFill() => false;

    protected override void OnConsumed(long count)
    {
        LetGo(count);
        _stream.Http2!.Consume((int)count);
        _stream.Link.Flush();
    }

    protected override void OnCompleted(Exception? exception)
    {
        LetGo(_held);
        if (!HasEnded)
        {
            _stream.Abort(exception ?? new OperationCanceledException("the reader left before the end of the stream"));
        }
    }

    private void LetGo(long count)
    {
        if (count > 0)
        {
            _held -= count;
            _stream.Link.Hold(-count);
        }
    }

    private sealed class WakeItem(MeshStreamReader reader) : LoopWorkItem
    {
        protected override void Execute() => reader.Wake();
    }
}
