using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>Whatever a peer sends, the engine reports it and throws nothing; how the bytes are cut changes nothing; what it wrote it reads alike. Seeded.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Requests =
    [
        "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "\r\nGET /a/b?c=d HTTP/1.1\r\nHost: a.test:80\r\nUser-Agent: x y\r\nAccept: */*\r\nCookie: a=1\r\nX-Own: \t1 \r\n\r\n",
        "POST http://b.test/x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\nhello world",
        "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: [::1]:80\r\nTE: trailers\r\n\r\n5\r\nhello\r\n6;ext=\"1\"\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n00\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n",
        "HEAD /long HTTP/1.1\r\nHost: a.test\r\nX-Long: " + new string('y', 700) + "\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ];

    private static readonly string[] Responses =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
        "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\ngrpc-status: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 304\r\nETag: \"x\"\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 500 Oh no\r\nConnection: close, x\r\nX: y\r\nContent-Length: 0\r\n\r\n",
    ];

    [Fact]
    public void Random_splits_of_requests_do_not_matter()
    {
        for (int seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Conversation(random, Requests, mutations: random.Next(3));
            Peer whole = Answering(seed).Feed(bytes);
            Peer pieces = Answering(seed).FeedInPieces(bytes, new Random(~seed));
            AssertSame(whole, pieces, seed, bytes);
        }
    }

    [Fact]
    public void Random_splits_of_responses_do_not_matter()
    {
        for (int seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Conversation(random, Responses, mutations: random.Next(3));
            Peer whole = Peer.Asked().Feed(bytes);
            Peer pieces = Peer.Asked().FeedInPieces(bytes, new Random(~seed));
            AssertSame(whole, pieces, seed, bytes);
        }
    }

    [Fact]
    public void One_byte_at_a_time_is_the_same_as_all()
    {
        foreach (string request in Requests)
        {
            Peer whole = Answering(0).Feed(request);
            Peer bytes = Answering(0);
            foreach (byte value in Encoding.ASCII.GetBytes(request))
            {
                bytes.Feed([value]);
            }
            Assert.Equal(whole.Events, bytes.Events);
            Assert.Null(whole.Handler.Error);
        }
    }

    [Fact]
    public void Random_bytes_end_in_an_error_or_wait_for_more()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            Peer server = Answering(seed).FeedInPieces(bytes, random);
            Peer client = Peer.Asked().FeedInPieces(bytes, random);
            server.Connection.ReceiveEnd();
            client.Connection.ReceiveEnd();
            Assert.NotNull(server.Handler.Error);
            Assert.NotNull(client.Handler.Error);
        }
    }

    [Fact]
    public void Soup_of_the_grammar_never_throws()
    {
        string[] words =
        [
            "GET ", "/", " HTTP/1.1", " HTTP/1.0", "\r\n", "\r", "\n", ":", " ", "\t", "Host: a", "Content-Length: 3", "Transfer-Encoding: chunked", "abc", "3", "0", ";x",
            "Connection: close", "Connection: upgrade", "Upgrade: websocket", "Expect: 100-continue", "HTTP/1.1 200 OK", "HTTP/1.1 101 x", "\r\n\r\n", "\0", "X: y", "CONNECT a:1",
        ];
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder(random.Next(2) == 0 ? "POST / HTTP/1.1\r\nHost: a\r\n" : "HTTP/1.1 200 OK\r\n");
            for (int i = random.Next(30); i > 0; i--)
            {
                text.Append(words[random.Next(words.Length)]);
            }
            byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
            Peer server = Answering(seed).Feed(bytes);
            server.Connection.ReceiveEnd();
            Peer client = Peer.Asked().Feed(bytes);
            client.Connection.ReceiveEnd();
            AssertSame(Answering(seed).Feed(bytes), Answering(seed).FeedInPieces(bytes, random), seed, bytes);
        }
    }

    [Fact]
    public void What_was_read_is_written_so_that_it_is_read_alike()
    {
        int accepted = 0;
        for (int seed = 0; seed < 6000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Conversation(random, Requests, mutations: random.Next(3));
            var first = new Relay();
            first.Server.Feed(bytes);
            string written = first.Client.Written();
            var second = new Relay();
            second.Server.Feed(written);

            List<string> messages = Messages(first.Server);
            Assert.True(messages.SequenceEqual(Messages(second.Server), StringComparer.Ordinal), $"seed {seed}:\n{string.Join('\n', messages)}\n--\n{string.Join('\n', Messages(second.Server))}");
            Assert.Null(second.Server.Handler.Error);
            Assert.Equal(written, second.Client.Written());
            accepted += first.Server.Handler.Error is null ? 1 : 0;
        }
        Assert.InRange(accepted, 2000, 6000);
    }

    [Fact]
    public void Any_list_is_refused_or_read_alike()
    {
        int written = 0;
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            HeaderList list = RandomList(random);
            Peer client = Peer.Client();
            bool endStream = random.Next(2) == 0;
            if (!client.Connection.WriteHeaders(list, endStream))
            {
                Assert.NotNull(client.Connection.Refusal);
                continue;
            }
            written++;
            Peer server = Peer.Server().Feed(client.Written());
            string expected = $"headers{(endStream ? " end" : "")} {Recorder.Describe(list)}";
            Assert.True(server.Events is [string read] && Comparable(read) == Comparable(expected), $"seed {seed}: {expected}\n{string.Join('\n', server.Events)}");
        }
        Assert.InRange(written, 1000, 20_000);
    }

    private static string Comparable(string message) => message.Replace("; content-length: 0", "", StringComparison.Ordinal);

    private static HeaderList RandomList(Random random)
    {
        string[] names = ["x", "accept", "x-own", "user-agent", "Upper", "a b", "content-length", "te", "connection", "é", "x:", "grpc-timeout"];
        string[] values = ["", "1", "a b", "trailers", "x\ty", "a\r\nb: c", "\0", "é", "a,b", "\u007f"];
        string[] paths = ["/", "/a?b", "/a b", "/\r\n", "*", "", "/é", "/%00"];
        string[] methods = ["GET", "POST", "OPTIONS", "G T", "", "CONNECT", "get"];
        HeaderList list = Endpoint.List(
            (":method", Pick(methods)), (":scheme", "http"), (":authority", random.Next(20) == 0 ? "a b" : "a.test:80"), (":path", random.Next(3) == 0 ? Pick(paths) : "/p"));
        for (int i = random.Next(4); i > 0; i--)
        {
            string name = Pick(names);
            if (name != "te" || !list.Contains(KnownHeader.Te))
            {
                list.Add(name, Pick(values));
            }
        }
        return list;

        string Pick(string[] from) => random.Next(2) == 0 ? from[0] : from[random.Next(from.Length)];
    }

    // What reached the application, bodies joined; a message that was cut short by an error counts as far as it came.
    private static List<string> Messages(Peer server) => [.. server.Events.Where(line => !line.StartsWith("error", StringComparison.Ordinal)).Select(Comparable)];

    private static void AssertSame(Peer whole, Peer pieces, int seed, byte[] bytes)
    {
        Assert.True(
            whole.Events.SequenceEqual(pieces.Events, StringComparer.Ordinal),
            $"seed {seed}: {Encoding.Latin1.GetString(bytes)}\n--\n{string.Join('\n', whole.Events)}\n--\n{string.Join('\n', pieces.Events)}");
        Assert.Equal(whole.Written(), pieces.Written());
        Assert.Equal(whole.Unread, pieces.Unread);
        Assert.Equal((whole.Connection.IsIdle, whole.Connection.CanReuse, whole.Connection.MustClose), (pieces.Connection.IsIdle, pieces.Connection.CanReuse, pieces.Connection.MustClose));
    }

    private static byte[] Conversation(Random random, string[] messages, int mutations)
    {
        var text = new StringBuilder();
        for (int i = messages == Requests ? random.Next(1, 5) : 1; i > 0; i--)
        {
            text.Append(messages[random.Next(messages.Length)]);
        }
        List<byte> bytes = [.. Encoding.ASCII.GetBytes(text.ToString())];
        for (int i = 0; i < mutations && bytes.Count > 0; i++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, "\r\n :;0aX\t"u8[random.Next(9)]);
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at));
                    break;
            }
        }
        return [.. bytes];
    }

    // Answers each request when it is whole, and takes what the seed says at a time.
    private static Peer Answering(int seed)
    {
        Peer server = Peer.Server();
        void Answer(bool end)
        {
            if (end)
            {
                Assert.True(server.Connection.WriteHeaders(Peer.Response(seed % 2 == 0 ? 204 : 200), endStream: true));
            }
        }
        server.Handler.Headers = (_, end) => Answer(end);
        server.Handler.Data = (_, end) => Answer(end);
        server.Handler.Trailers = _ => Answer(true);
        return server;
    }
}
