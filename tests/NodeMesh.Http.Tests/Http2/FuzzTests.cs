using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Whatever a peer sends, the engine neither throws nor loses its balance, and how the bytes are cut changes nothing. Seeded.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Random_bytes_never_throw()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            Endpoint server = EchoServer();
            byte[] bytes = new byte[random.Next(1, 500)];
            random.NextBytes(bytes);
            server.Connection.Receive([.. Frames.Preface, .. Frames.Settings(), .. bytes]);
            AssertBalanced(server);
        }
    }

    [Fact]
    public void Random_frames_never_throw()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            bool asClient = seed % 3 == 0;
            Endpoint engine = asClient ? Endpoint.Client() : EchoServer();
            if (asClient)
            {
                engine.Open(Endpoint.Get(), endStream: true);
                engine.Open(Endpoint.Connect());
            }
            else
            {
                engine.Feed(Frames.Preface, Frames.Settings(), Frames.ConnectRequest(1), Frames.Request(3));
            }
            for (int i = 0; i < 40 && !engine.Connection.IsClosed; i++)
            {
                byte[] frame = RandomFrame(random);
                Assert.Equal(frame.Length, engine.Connection.Receive(frame));
                AssertBalanced(engine);
            }
        }
    }

    [Fact]
    public void Owners_that_release_what_ended_get_every_stream_back()
    {
        var pool = new Http2StreamPool();
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var server = new Endpoint(Http2Role.Server, new Http2Options { StreamErrors = new(20, 0) }, new ManualTime(), pool);
            var held = new HashSet<Http2Stream>();
            void Settle(Http2Stream stream)
            {
                if (stream.IsClosed && held.Remove(stream))
                {
                    stream.Release();
                }
            }
            server.Handler.Headers = (stream, _, end) =>
            {
                Assert.True(held.Add(stream), "a stream that somebody holds was opened again");
                stream.WriteHeaders(Endpoint.Status(200), endStream: end);
                Settle(stream);
            };
            server.Handler.Data = (stream, data, end) =>
            {
                stream.WriteData(data, end);
                Settle(stream);
            };
            server.Handler.ResetSeen = (stream, _) => Settle(stream);
            server.Handler.Trailers = stream =>
            {
                stream.Reset(Http2ErrorCode.NoError);
                Settle(stream);
            };
            server.Connection.Start();
            server.Feed(Frames.Preface, Frames.Settings());
            for (int i = 0; i < 60 && !server.Connection.IsClosed; i++)
            {
                server.Connection.Receive(RandomFrame(random));
            }
            server.Connection.Terminate(Http2ErrorCode.Cancel);
            Assert.Empty(held);
            Assert.Equal(0, server.Connection.ActiveStreams);
            Assert.InRange(pool.Idle, 0, 40); // about what rests in debug builds, however many were opened
        }
    }

    [Fact]
    public void Mutated_conversations_never_throw()
    {
        byte[] conversation = Conversation(seed: 1);
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            byte[] mutated = [.. conversation];
            int changes = random.Next(1, 6);
            for (int i = 0; i < changes; i++)
            {
                int at = random.Next(24, mutated.Length);
                switch (random.Next(3))
                {
                    case 0:
                        mutated[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        mutated = [.. mutated[..at], .. mutated[Math.Min(mutated.Length, at + random.Next(1, 30))..]];
                        break;
                    default:
                        mutated = [.. mutated[..at], .. mutated[random.Next(at)..at], .. mutated[at..]];
                        break;
                }
            }
            Endpoint server = EchoServer();
            server.Connection.Receive(mutated);
            AssertBalanced(server);
        }
    }

    [Fact]
    public void However_the_bytes_are_cut_the_events_are_the_same()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            byte[] conversation = Conversation(seed);
            if (seed % 3 == 0)
            {
                conversation[^5] ^= 0x55; // some that end badly
            }
            Endpoint whole = EchoServer();
            int wholeUsed = whole.Connection.Receive(conversation);
            var random = new Random(seed);
            for (int round = 0; round < 10; round++)
            {
                // As spans with leftovers.
                Endpoint pieces = EchoServer();
                int used = 0;
                for (int end = 0; end < conversation.Length;)
                {
                    end = Math.Min(conversation.Length, end + random.Next(1, round < 3 ? 4 : 2000));
                    used += pieces.Connection.Receive(conversation.AsSpan(used..end));
                }
                Assert.Equal(whole.Events, pieces.Events);
                Assert.Equal(wholeUsed, used);

                // As one sequence of segments, some empty.
                Endpoint segments = EchoServer();
                int[] places = [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => random.Next(conversation.Length + 1)).Order()];
                System.Buffers.ReadOnlySequence<byte> sequence = Segment.Split(conversation, places);
                SequencePosition position = segments.Connection.Receive(sequence);
                Assert.Equal(whole.Events, segments.Events);
                Assert.Equal(wholeUsed, sequence.Slice(0, position).Length);
            }
        }
    }

    [Fact]
    public void Two_engines_agree_about_everything_they_do_to_each_other()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var options = new Http2Options
            {
                InitialStreamWindow = random.Next(1, 70_000),
                ConnectionWindow = 65_535 + random.Next(100_000),
                HeaderTableSize = random.Next(3) * 2048,
                EncoderTableSize = random.Next(3) * 2048,
                MaxDataFrameSize = random.Next(1, 20_000),
            };
            var pair = new Pair(options, options);
            var sent = new Dictionary<int, List<byte>>();
            var open = new List<Http2Stream>();
            for (int step = 0; step < 200; step++)
            {
                Act(random, pair, open, sent);
                if (random.Next(3) == 0)
                {
                    pair.Pump();
                }
            }
            pair.Pump();
            Assert.False(pair.Client.Connection.IsClosed, string.Join('\n', pair.Client.Events));
            Assert.False(pair.Server.Connection.IsClosed, string.Join('\n', pair.Server.Events));
            foreach (Http2Stream stream in open.Where(stream => !stream.IsClosed || (stream.RemoteEnded && stream.LocalEnded)))
            {
                byte[] expected = [.. sent[stream.Id]];
                Assert.Equal(expected, pair.Server.Handler.Body(stream.Id));
            }
            AssertBalanced(pair.Client);
            AssertBalanced(pair.Server);
            Assert.Equal(pair.Client.Connection.ActiveStreams, pair.Server.Connection.ActiveStreams);
        }
    }

    private static void Act(Random random, Pair pair, List<Http2Stream> open, Dictionary<int, List<byte>> sent)
    {
        Http2Stream? stream = open.Count > 0 ? open[random.Next(open.Count)] : null;
        switch (random.Next(12))
        {
            case 0 or 1:
                Http2Stream opened = pair.Client.Open(Endpoint.List(
                    (":method", "CONNECT"), (":authority", $"a:{random.Next(9)}"), ("x-" + random.Next(50), new string('v', random.Next(300)))));
                open.Add(opened);
                sent[opened.Id] = [];
                break;
            case 2 when stream is { IsClosed: false }:
                stream.Reset(Http2ErrorCode.Cancel);
                break;
            case 3 when stream is { LocalEnded: false }:
                stream.WriteData(default, endStream: true);
                break;
            case 4 when stream is not null && pair.Server.Handler.Streams.TryGetValue(stream.Id, out Http2Stream? server):
                Answer(random, server);
                break;
            case 5:
                pair.Client.Connection.Ping((ulong)random.Next());
                break;
            case > 5 when stream is { LocalEnded: false }:
                byte[] data = new byte[random.Next(random.Next(2) == 0 ? 100 : 100_000)];
                random.NextBytes(data);
                int accepted = stream.WriteData(data, endStream: false);
                sent[stream.Id].AddRange(data.AsSpan(0, accepted));
                break;
            default:
                break;
        }
    }

    private static void Answer(Random random, Http2Stream server)
    {
        if (server.LocalEnded || server.IsClosed)
        {
            return;
        }
        if (server.State is null)
        {
            server.WriteHeaders(Endpoint.Status(200), endStream: false);
            server.State = "answered";
        }
        else if (random.Next(3) == 0)
        {
            server.WriteData(default, endStream: true);
        }
        if (!server.LocalEnded && random.Next(2) == 0)
        {
            server.WriteData(new byte[random.Next(1000)], endStream: false);
        }
    }

    // What a client says over a lively conversation with an echo server.
    private static byte[] Conversation(int seed)
    {
        var random = new Random(seed);
        var client = new Endpoint(Http2Role.Client);
        Endpoint server = EchoServer();
        var said = new List<byte>();
        void Carry()
        {
            byte[] bytes = client.TakeOutput();
            said.AddRange(bytes);
            server.Feed(bytes);
            client.Feed(server.TakeOutput());
        }
        client.Connection.Start();
        Carry();
        var open = new List<Http2Stream>();
        for (int step = 0; step < 60; step++)
        {
            Http2Stream? stream = open.Count > 0 ? open[random.Next(open.Count)] : null;
            switch (random.Next(6))
            {
                case 0:
                    open.Add(client.Open(random.Next(2) == 0 ? Endpoint.Connect() : Endpoint.Post($"/{random.Next(10)}")));
                    break;
                case 1 when stream is { LocalEnded: false, IsConnect: false }:
                    stream.WriteHeaders(Endpoint.List(("x-trailer", "1")), endStream: true);
                    break;
                case 2:
                    stream?.Reset(Http2ErrorCode.Cancel);
                    break;
                case 3:
                    client.Connection.Ping(1);
                    break;
                default:
                    if (stream is { LocalEnded: false })
                    {
                        stream.WriteData(new byte[random.Next(1, 3000)], endStream: random.Next(4) == 0);
                    }
                    break;
            }
            if (random.Next(3) == 0)
            {
                Carry();
            }
        }
        Carry();
        return [.. said];
    }

    private static Endpoint EchoServer()
    {
        var server = new Endpoint(Http2Role.Server, new Http2Options { StreamErrors = new(20, 0) }, new ManualTime());
        server.Handler.Headers = (stream, _, end) => stream.WriteHeaders(Endpoint.Status(200), endStream: end);
        server.Handler.Data = (stream, data, end) => stream.WriteData(data, end);
        server.Handler.Trailers = stream => stream.WriteData(default, endStream: true);
        server.Connection.Start();
        return server;
    }

    private static byte[] RandomFrame(Random random)
    {
        int stream = random.Next(8);
        byte flags = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(random.Next(2) | 4);
        return random.Next(12) switch
        {
            0 => Frames.Raw(0, (byte)(flags & 9), stream, Bytes(random, random.Next(60))),
            1 => Frames.Request(stream, (byte)(flags & 1)),
            2 => Frames.Headers(stream, (byte)(flags & 1), (":status", "200"), ("x-a", "b")),
            3 => Frames.Raw(1, flags, stream, Bytes(random, random.Next(30))),
            4 => Frames.Settings((random.Next(9), random.NextInt64(1L << random.Next(1, 32)))),
            5 => Frames.WindowUpdate(stream, (uint)random.Next(1 << random.Next(1, 31))),
            6 => Frames.Reset(stream, (Http2ErrorCode)random.Next(20)),
            7 => Frames.Ping((ulong)random.NextInt64(), (byte)(flags & 1)),
            8 => Frames.GoAway(stream, Http2ErrorCode.NoError),
            9 => Frames.Raw(9, flags, stream, Bytes(random, random.Next(30))),
            10 => Frames.Headers(stream, (byte)(flags & 1), ("x-trailer", "1")),
            _ => Frames.Raw((byte)random.Next(14), flags, stream, Bytes(random, random.Next(12))),
        };
    }

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void AssertBalanced(Endpoint engine)
    {
        Assert.True(engine.Connection.WindowGrowth >= 0);
        Assert.True(engine.Connection.ActiveStreams >= 0);
        if (engine.Connection.IsClosed)
        {
            Assert.Equal(0, engine.Connection.ActiveStreams);
        }

        // Whatever was written is whole frames.
        Frames.Describe(engine.Output.WrittenSpan);
        foreach (Http2Stream stream in engine.Handler.Streams.Values)
        {
            Assert.True(stream.Unconsumed >= 0);
            Assert.True(stream.SendWindow >= 0);
        }
    }
}
