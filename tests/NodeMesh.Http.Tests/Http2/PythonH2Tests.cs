using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Http.Tests.Peers;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Conversations with python3-h2, an independent implementation that ends with an error at any violation, in both roles.</summary>
public sealed class PythonH2Tests
{
    [Theory]
    [InlineData("CONNECT")]
    [InlineData("POST")]
    public void As_client_we_are_served_reset_and_refused_by_a_python_server(string method)
    {
        using var peer = new PythonPeer("h2_peer.py", "server", method);
        var client = new Endpoint(Http2Role.Client);
        client.Connection.Start();
        const int Streams = 20;
        byte[][] bodies = new byte[Streams][];
        int[] sent = new int[Streams];
        int ended = 0;
        void Send(Http2Stream stream)
        {
            int index = (int)stream.State!;
            if (!stream.LocalEnded)
            {
                sent[index] += stream.WriteData(bodies[index].AsSpan(sent[index]), endStream: true);
            }
        }
        client.Handler.SendWindow = Send;
        client.Handler.Trailers = _ => ended++;
        client.Handler.Data = (_, _, end) => ended += end ? 1 : 0;
        var random = new Random(3);
        for (int i = 0; i < Streams; i++)
        {
            bodies[i] = new byte[random.Next(200_000)];
            random.NextBytes(bodies[i]);
            HeaderList headers = method is "CONNECT" ? Endpoint.Connect($"10.0.0.1:{i + 1}") : Endpoint.Post("/echo");
            Assert.True(client.Connection.TryOpenStream(headers, false, i, out Http2Stream? stream, out _));
            Send(stream);
        }
        client.Open(Endpoint.Get("/reset"), endStream: true);
        client.Open(Endpoint.List((":method", "POST"), (":scheme", "http"), (":authority", "refused"), (":path", "/")));
        client.Connection.Ping(99);
        Converse(client, peer, () => ended == Streams);

        for (int i = 0; i < Streams; i++)
        {
            int id = (2 * i) + 1;
            Assert.Contains($"headers {id} :status: 200; x-method: {method}", client.Events);
            Assert.Equal(bodies[i], client.Handler.Body(id));
            if (method is "POST")
            {
                Assert.Contains($"trailers {id} x-length: {bodies[i].Length}", client.Events);
            }
        }
        Assert.Contains("reset 41 EnhanceYourCalm", client.Events);
        Assert.Contains("headers 43 end :status: 401", client.Events);
        Assert.Contains("pong 99", client.Events);
        client.Connection.Shutdown();
        Write(client, peer);
        peer.AssertSuccess();
    }

    [Theory]
    [InlineData("CONNECT", 50, 3_000, 16 * 1024)]
    [InlineData("CONNECT", 4, 400_000, 1 << 20)]
    [InlineData("POST", 50, 10_000, 16 * 1024)]
    [InlineData("POST", 100, 0, 16 * 1024)]
    public void As_server_we_echo_to_a_python_client(string method, int streams, int bytes, int maxFrameSize)
    {
        using var peer = new PythonPeer("h2_peer.py", "client", method, $"{streams}", $"{bytes}");
        var server = new Endpoint(Http2Role.Server, new Http2Options { MaxFrameSize = maxFrameSize });
        var echoes = new Dictionary<int, (List<byte> Waiting, bool End)>();
        void Send(Http2Stream stream)
        {
            (List<byte> waiting, bool end) = echoes[stream.Id];
            byte[] all = [.. waiting];
            int accepted = stream.WriteData(all, end);
            waiting.RemoveRange(0, accepted);
            stream.Consume(accepted); // what was sent back is done with: the tunnel's own backpressure
        }
        server.Handler.ConsumeAtOnce = false;
        server.Handler.SendWindow = Send;
        server.Handler.Headers = (stream, _, _) =>
        {
            echoes[stream.Id] = ([], false);
            stream.WriteHeaders(Endpoint.Status(200), endStream: false);
        };
        server.Handler.Data = (stream, data, end) =>
        {
            (List<byte> waiting, _) = echoes[stream.Id];
            waiting.AddRange(data);
            echoes[stream.Id] = (waiting, end);
            Send(stream);
        };
        server.Connection.Start();
        Converse(server, peer, () => server.Events.Exists(line => line.StartsWith("goaway", StringComparison.Ordinal)));
        Assert.Contains("goaway 0 NoError", server.Events);
        Assert.Equal(streams, server.Connection.StreamsOpened);
        Assert.Equal(0, server.Connection.ActiveStreams);
        peer.AssertSuccess();
    }

    // Carries bytes until the condition holds.
    private static void Converse(Endpoint endpoint, PythonPeer peer, Func<bool> done)
    {
        byte[] input = [];
        while (!done())
        {
            Write(endpoint, peer);
            byte[] more = peer.Receive() ?? throw peer.Failure("The conversation ended early.");
            input = [.. input, .. more];
            int used = endpoint.Connection.Receive(input);
            input = input[used..];
            Assert.False(endpoint.Connection.IsClosed, string.Join('\n', endpoint.Events));
        }
        Write(endpoint, peer);
    }

    private static void Write(Endpoint endpoint, PythonPeer peer)
    {
        try
        {
            peer.Input.Write(endpoint.TakeOutput());
            peer.Input.Flush();
        }
        catch (IOException)
        {
            // The peer has ended. When that was too early, Receive says so with its reason.
        }
    }
}
