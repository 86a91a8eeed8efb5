using System.Net.Sockets;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

public sealed class TlsSessionTests
{
    [Fact]
    public void Two_sessions_prove_their_identities_and_exchange_bytes()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();

        Assert.Equal(Mesh.Orders, link.Client.PeerId);
        Assert.Equal(Mesh.Cart, link.Client.LocalId);
        Assert.Equal(Mesh.Cart, link.Server.PeerId);
        Assert.Equal(Mesh.Orders, link.Server.LocalId);
        Assert.Equal(IdentityServerName.For(Mesh.Orders), link.Server.ServerName);
        Assert.False(link.Server.WasResumed);
        Assert.StartsWith("TLS_", link.Server.Cipher, StringComparison.Ordinal);
        Assert.InRange(link.Client.PeerNotAfter, DateTimeOffset.UtcNow.AddMinutes(50), DateTimeOffset.UtcNow.AddMinutes(61));

        Link.WriteAll(link.Client, link.Sockets.Client, "ping"u8);
        Assert.Equal("ping"u8.ToArray(), Link.ReadExactly(link.Server, link.Sockets.Server, 4));
        Link.WriteAll(link.Server, link.Sockets.Server, "pong"u8);
        Assert.Equal("pong"u8.ToArray(), Link.ReadExactly(link.Client, link.Sockets.Client, 4));
    }

    [Fact]
    public void What_a_log_line_says_of_a_session_can_be_asked_after_its_end()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();
        link.Server.Dispose();

        Assert.StartsWith("TLS_", link.Server.Cipher, StringComparison.Ordinal);
        Assert.Equal(Mesh.Cart, link.Server.PeerId);
        Assert.False(link.Server.HasPending);
    }

    [Fact]
    public void A_close_notify_ends_one_half_and_leaves_the_other()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();

        Link.WriteAll(link.Client, link.Sockets.Client, "last"u8);
        Assert.Equal(TlsStatus.Done, link.Client.Shutdown());
        link.Sockets.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("last"u8.ToArray(), Link.ReadExactly(link.Server, link.Sockets.Server, 4));
        Assert.Equal(TlsStatus.Closed, Link.ReadToEnd(link.Server, link.Sockets.Server));
        Link.WriteAll(link.Server, link.Sockets.Server, "answer"u8);
        Assert.Equal("answer"u8.ToArray(), Link.ReadExactly(link.Client, link.Sockets.Client, 6));
        Assert.Equal(TlsStatus.Done, link.Server.Shutdown());
        Assert.Equal(TlsStatus.Closed, Link.ReadToEnd(link.Client, link.Sockets.Client));
    }

    [Fact]
    public void An_end_without_close_notify_is_told_as_truncation()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();

        Link.WriteAll(link.Client, link.Sockets.Client, "half a mess"u8);
        link.Sockets.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(TlsStatus.Truncated, Link.ReadToEnd(link.Server, link.Sockets.Server));
        Assert.Equal(TlsFailureCode.Truncated, link.Server.Failure!.Code);
    }

    [Fact]
    public void A_reset_connection_fails_reads_and_writes_without_a_signal()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();

        link.Sockets.Client.LingerState = new LingerOption(true, 0);
        link.Sockets.Client.Close();

        // The first write may still be taken; by the one after the reset the kernel answers EPIPE, which without care is SIGPIPE.
        var status = TlsStatus.Done;
        for (var i = 0; i < 1000 && status == TlsStatus.Done; i++)
        {
            link.Server.Write(new byte[1000], out status);
        }

        Assert.Equal(TlsStatus.Failed, status);
        Assert.Equal(TlsFailureCode.ConnectionLost, link.Server.Failure!.Code);
        link.Server.Write(new byte[1000], out status);
        Assert.Equal(TlsStatus.Failed, status);
        link.Server.Read(new byte[1000], out status);
        Assert.Equal(TlsStatus.Failed, status);
    }

    [Fact]
    public void Large_transfers_pass_through_small_socket_buffers_in_both_directions_at_once()
    {
        using var mesh = new Mesh();
        using var link = new Link(mesh.Client, mesh.Server, Mesh.Cart, null, 8192, Mesh.Orders).Established();
        var random = new Random(7);
        var up = new byte[1_500_000];
        var down = new byte[1_200_000];
        random.NextBytes(up);
        random.NextBytes(down);
        var (upRead, downRead) = (new byte[up.Length], new byte[down.Length]);
        var (upSent, upGot, downSent, downGot) = (0, 0, 0, 0);
        var partial = 0;

        while (upGot < up.Length || downGot < down.Length)
        {
            var before = upSent + upGot + downSent + downGot;
            upSent += link.Client.Write(up.AsSpan(upSent), out var wrote);
            partial += wrote == TlsStatus.WantWrite ? 1 : 0;
            downSent += link.Server.Write(down.AsSpan(downSent), out _);
            upGot += link.Server.Read(upRead.AsSpan(upGot, Math.Min(random.Next(1, 40_000), up.Length - upGot)), out var readUp);
            downGot += link.Client.Read(downRead.AsSpan(downGot, Math.Min(random.Next(1, 40_000), down.Length - downGot)), out var readDown);
            Assert.DoesNotContain(TlsStatus.Failed, (TlsStatus[])[wrote, readUp, readDown]);
            if (before == upSent + upGot + downSent + downGot)
            {
                link.Sockets.Server.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead);
            }
        }

        Assert.True(partial > 10, $"only {partial} writes met a full socket");
        Assert.Equal(up, upRead);
        Assert.Equal(down, downRead);
    }

    [Fact]
    public void Bytes_that_OpenSSL_read_ahead_are_pending()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();
        Link.WriteAll(link.Client, link.Sockets.Client, "one"u8);
        Link.WriteAll(link.Client, link.Sockets.Client, "two"u8);
        Assert.True(link.Sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        while (link.Sockets.Server.Available < 50)
        {
            Assert.True(link.Sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        }

        var some = new byte[2];
        Assert.Equal(2, link.Server.Read(some, out _));
        Assert.Equal(0, link.Sockets.Server.Available);
        Assert.True(link.Server.HasPending);
        var rest = new byte[100];
        Assert.Equal(4, link.Server.Read(rest, out var status));
        Assert.Equal("etwo"u8.ToArray(), rest[..4]);
        Assert.Equal(TlsStatus.Done, status);
        Assert.False(link.Server.HasPending);
    }

    [Fact]
    public void A_record_that_has_come_in_part_is_not_pending()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();

        // The first five bytes are a whole header that promises more.
        link.Sockets.Client.Send((byte[])[23, 3, 3, 0, 100, 1, 2]);
        Assert.True(link.Sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        Assert.Equal(0, link.Server.Read(new byte[100], out var status));
        Assert.Equal(TlsStatus.WantRead, status);
        Assert.False(link.Server.HasPending);
    }

    [Fact]
    public void An_end_that_follows_bytes_is_pending_until_it_is_told()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established();
        Link.WriteAll(link.Client, link.Sockets.Client, "last"u8);
        link.Client.Shutdown();
        while (link.Sockets.Server.Available < 45)
        {
            Assert.True(link.Sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        }

        var buffer = new byte[100];
        Assert.Equal(4, link.Server.Read(buffer, out var status));
        Assert.Equal(TlsStatus.Done, status);
        Assert.True(link.Server.HasPending);
        Assert.Equal(0, link.Server.Read(buffer, out status));
        Assert.Equal(TlsStatus.Closed, status);
        Assert.False(link.Server.HasPending);
    }

    [Fact]
    public void Reads_and_writes_allocate_nothing()
    {
        using var mesh = new Mesh();
        using var link = mesh.Connect(Mesh.Orders).Established().WithTicketTaken();
        var bytes = new byte[1000];
        var before = 0L;
        for (var i = 0; i < 2000; i++)
        {
            if (i == 1000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            link.Client.Write(bytes, out _);
            var read = 0;
            while (read < bytes.Length)
            {
                read += link.Server.Read(bytes.AsSpan(read), out _);
            }

            link.Server.Read(bytes, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
