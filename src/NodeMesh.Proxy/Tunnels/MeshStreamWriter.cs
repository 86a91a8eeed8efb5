using NodeMesh.Http.Http2;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// The sending end of a mesh stream: bytes become DATA frames in the link's output as far as the peer's windows and the link's own backlog
/// allow; the rest waits here, bounded.
/// </summary>
internal sealed class MeshStreamWriter(MeshStream stream) : LoopPipeWriter(stream.Link.Loop)
{
    /// <summary>The peer has given credit, or the link has room again.</summary>
    public void OnRoom()
    {
        if (Failure is null && (Pending > 0 || IsCompleted))
        {
            FlushCore();
        }
    }

    public void OnBroken(Exception reason) => Fail(reason);

    protected override int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (!stream.Link.HasRoom)
        {
            stream.WaitForRoom();
            return 0;
        }

        var accepted = stream.Http2!.WriteData(bytes, endStream: false);
        stream.Link.Flush();
        return accepted;
    }

    protected override void FlushCore()
    {
        Sent(0);
        while (Head is not null)
        {
            var length = Head.Length;
            var accepted = TrySend(Head.Unread);
            Sent(accepted);
            if (accepted < length)
            {
                break;
            }
        }

        if (IsCompleted)
        {
            EndIfDone();
        }

        WakeIfDrained();
    }

    protected override void OnCompleted(Exception? exception)
    {
        if (exception is not null)
        {
            // What a proxy says when the TCP connection behind a tunnel failed (RFC 9113, section 8.5).
            stream.Abort(exception, Http2ErrorCode.ConnectError);
        }
        else
        {
            FlushCore();
        }
    }

    private void EndIfDone()
    {
        if (Pending == 0 && Failure is null && stream.Http2 is { LocalEnded: false, IsClosed: false } http2)
        {
            http2.WriteData(default, endStream: true);
            stream.Link.Flush();
            stream.Link.SettleLater();
        }
    }
}
