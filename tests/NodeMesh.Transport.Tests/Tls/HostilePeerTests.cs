using System.Net.Sockets;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Whatever bytes a peer sends, the session ends with a failure and nothing else happens.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly Mesh _mesh = new();

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", TlsFailureCode.NotTls)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", TlsFailureCode.NotTls)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", TlsFailureCode.NotTls)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", TlsFailureCode.NotTls)]
    public void Plaintext_is_told_as_such(string sent, TlsFailureCode code)
    {
        using var sockets = new SocketPair();
        using var session = _mesh.Server.CreateSession(SocketPair.Descriptor(sockets.Server), sockets.Address);
        sockets.Client.Send(System.Text.Encoding.ASCII.GetBytes(sent));

        Assert.Equal(TlsStatus.Failed, Drive(session, sockets.Server));
        Assert.True(code == session.Failure!.Code, $"{session.Failure}");
    }

    [Fact]
    public void A_peer_that_closes_during_the_handshake_is_told_as_such()
    {
        using var sockets = new SocketPair();
        using var session = _mesh.Server.CreateSession(SocketPair.Descriptor(sockets.Server), sockets.Address);
        sockets.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(TlsStatus.Failed, Drive(session, sockets.Server));
        Assert.Equal(TlsFailureCode.Truncated, session.Failure!.Code);
        Assert.Equal(TlsStatus.Failed, session.Handshake());
    }

    [Fact]
    public void A_hello_that_comes_byte_by_byte_is_waited_for()
    {
        var hello = RecordHello();
        using var sockets = new SocketPair();
        using var session = _mesh.Server.CreateSession(SocketPair.Descriptor(sockets.Server), sockets.Address);
        foreach (var b in hello)
        {
            Assert.Equal(TlsStatus.WantRead, session.Handshake());
            Assert.Equal(0, sockets.Client.Available);
            sockets.Client.Send([b]);
            Assert.True(sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        }

        Assert.Equal(TlsStatus.WantRead, session.Handshake());
        Assert.True(sockets.Client.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        Assert.Equal(Mesh.Orders, session.LocalId);
    }

    [Fact]
    public void Random_bytes_in_place_of_a_hello_only_fail()
    {
        var random = new Random(11);
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                // A record header and a handshake header that promise a ClientHello, so that more of the parser is reached.
                ReadOnlySpan<byte> header = [22, 3, 1, (byte)((bytes.Length - 5) >> 8), (byte)(bytes.Length - 5), 1, 0, (byte)((bytes.Length - 9) >> 8), (byte)(bytes.Length - 9), 3, 3];
                header[..Math.Min(header.Length, bytes.Length)].CopyTo(bytes);
            }

            AssertServerSurvives(bytes);
        }
    }

    [Fact]
    public void Mutated_hellos_only_fail_or_wait()
    {
        var hello = RecordHello();
        var random = new Random(12);
        for (var i = 0; i < 1500; i++)
        {
            AssertServerSurvives(Mutate(hello, random));
        }
    }

    [Fact]
    public void Mutated_answers_of_a_server_fail_the_client_or_change_nothing()
    {
        var random = new Random(13);
        var untouched = 0;
        for (var i = 0; i < 400; i++)
        {
            using var near = new SocketPair();
            using var far = new SocketPair();
            using var client = _mesh.Client.CreateSession(SocketPair.Descriptor(near.Client), Mesh.Cart, near.Address, Mesh.Orders);
            using var server = _mesh.Server.CreateSession(SocketPair.Descriptor(far.Server), far.Address);
            client.Handshake();
            Pass(near.Server, far.Client, null);
            server.Handshake();
            Pass(far.Client, near.Server, random);
            near.Server.Shutdown(SocketShutdown.Send);

            // The version in a plaintext record's header is ignored (RFC 8446, section 5.1); all else is authenticated.
            if (Drive(client, near.Client) == TlsStatus.Done)
            {
                Assert.Equal(Mesh.Orders, client.PeerId);
                Assert.True(++untouched < 40, "mutations pass");
            }
            else
            {
                Assert.NotNull(client.Failure);
                Assert.Null(client.PeerId);
            }
        }
    }

    [Fact]
    public void Mutated_certificates_of_a_client_only_fail_the_server()
    {
        // Garbage inside a certificate that is sent as it should be: the DER parsers of OpenSSL and of SPIFFE meet it.
        var random = new Random(14);
        for (var i = 0; i < 300; i++)
        {
            var leaf = _mesh.Authority.Issue("/cart");
            var der = (byte[])leaf.Certificate.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                der[random.Next(der.Length)] ^= (byte)(1 << random.Next(8));
            }

            TlsIdentitySet identities;
            try
            {
                identities = TestIdentities.Set(TimeProvider.System, TestIdentities.Bundles(_mesh.Authority), (Mesh.Cart, leaf with { Certificate = der }));
            }
            catch (TlsException)
            {
                // Our own OpenSSL reads it not, so it cannot be sent this way.
                continue;
            }

            using (identities)
            {
                _mesh.Client.Identities = identities;
                try
                {
                    using var link = _mesh.Connect(Mesh.Orders);
                    Assert.Equal(TlsStatus.Failed, link.Handshake().Server);
                    Assert.Null(link.Server.PeerId);
                }
                catch (TlsException)
                {
                    // The key inside no longer fits ours.
                }
            }
        }
    }

    [Fact]
    public void Mutated_records_after_the_handshake_only_fail()
    {
        var random = new Random(15);
        for (var i = 0; i < 200; i++)
        {
            using var link = _mesh.Connect(Mesh.Orders).Established();
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                (bytes[0], bytes[^1]) = ((byte)random.Next(20, 26), 3);
            }

            link.Sockets.Client.Send(bytes);
            link.Sockets.Client.Shutdown(SocketShutdown.Send);
            Assert.Contains(Link.ReadToEnd(link.Server, link.Sockets.Server), (TlsStatus[])[TlsStatus.Failed, TlsStatus.Truncated]);
        }
    }

    [Fact]
    public void A_certificate_message_over_the_bound_is_refused()
    {
        using var server = new TestServer(_mesh.Server);
        using var files = new PemFiles();
        var leaf = _mesh.Authority.Issue("/cart");
        var many = leaf with { Issuers = [.. Enumerable.Repeat(_mesh.Authority.Root.RawData, (TlsContextHandle.MaxPeerCertificates / _mesh.Authority.Root.RawData.Length) + 1)] };
        using var client = new OpenSslCommand(["s_client", "-connect", server.Address, "-alpn", "h2", .. files.Arguments(many)]);
        client.WaitForExit();

        var result = server.Next();
        Assert.Equal(TlsFailureCode.Protocol, result.Failure!.Code);
        Assert.Contains("excessive message size", result.Failure.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => _mesh.Dispose();

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when bytes.Count > 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. bytes];
    }

    private static void Pass(Socket from, Socket to, Random? mutation)
    {
        var buffer = new byte[32 * 1024];
        Assert.True(from.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        var passed = buffer[..from.Receive(buffer)];
        if (mutation is not null)
        {
            // Within the flight's first part, the ServerHello in clear; what follows is sealed, and any change of it is one failure.
            var changed = passed[..Math.Min(passed.Length, mutation.Next(2) == 0 ? 130 : passed.Length)];
            passed = [.. Mutate(changed, mutation), .. passed[changed.Length..]];
        }

        to.Send(passed);
        Assert.True(to.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectWrite));
    }

    private static TlsStatus Drive(TlsSession session, Socket socket)
    {
        while (true)
        {
            var status = session.Handshake();
            if (status is not (TlsStatus.WantRead or TlsStatus.WantWrite))
            {
                return status;
            }

            Assert.True(socket.Poll(TimeSpan.FromSeconds(20), status == TlsStatus.WantRead ? SelectMode.SelectRead : SelectMode.SelectWrite));
        }
    }

    private byte[] RecordHello()
    {
        using var sockets = new SocketPair();
        using var client = _mesh.Client.CreateSession(SocketPair.Descriptor(sockets.Client), Mesh.Cart, sockets.Address, Mesh.Orders);
        Assert.Equal(TlsStatus.WantRead, client.Handshake());
        Assert.True(sockets.Server.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        var buffer = new byte[4096];
        return buffer[..sockets.Server.Receive(buffer)];
    }

    private void AssertServerSurvives(byte[] bytes)
    {
        using var sockets = new SocketPair();
        using var session = _mesh.Server.CreateSession(SocketPair.Descriptor(sockets.Server), sockets.Address);
        sockets.Client.Send(bytes);
        sockets.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(TlsStatus.Failed, Drive(session, sockets.Server));
        Assert.NotNull(session.Failure);
        Assert.NotEqual(TlsFailureCode.Internal, session.Failure.Code);
        Assert.Null(session.PeerId);
    }
}
