using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>What an exchange on a warm connection costs the garbage collector: nothing.</summary>
public sealed class AllocationTests
{
    private static readonly HeaderList Request = Peer.Request(
        "POST", "/orders/42?full=1", ("user-agent", "curl/8.5.0"), ("accept", "*/*"), ("cookie", "a=1"), ("cookie", "b=2"), ("x-request-id", "0af7651916cd43dd8448eb211c80319c"), ("x-own", "1"));

    private static readonly HeaderList Response = Peer.Response(200, ("content-type", "application/json"), ("x-own", "2"));

    private static readonly HeaderList Trailers = Endpoint.List(("grpc-status", "0"));

    [Fact]
    public void An_exchange_allocates_nothing()
    {
        var client = new Quiet(Http1Role.Client);
        var server = new Quiet(Http1Role.Server);
        void Exchange()
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(client.Connection.WriteHeaders(Request, endStream: false));
                Assert.True(client.Connection.WriteData("hello"u8, endStream: true));
                server.Take(client);
                Assert.True(server.Connection.WriteHeaders(Response, endStream: false));
                Assert.True(server.Connection.WriteData("hello"u8, endStream: false));
                Assert.True(server.Connection.WriteTrailers(Trailers));
                client.Take(server);
            }
        }
        Exchange();
        Assert.Equal(0, Allocated(Exchange));
        Assert.Equal((200, 200), (server.Messages, client.Messages));
    }

    [Fact]
    public void Heads_over_several_segments_allocate_nothing()
    {
        byte[] request = "GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\n\r\n"u8.ToArray();
        ReadOnlySequence<byte> input = Segment.Split(request, [1, 14, 15, 16, 22, 40]);
        var server = new Quiet(Http1Role.Server);
        HeaderList answer = Peer.Response(204);
        void Exchange()
        {
            for (int i = 0; i < 100; i++)
            {
                server.Connection.Receive(input);
                Assert.True(server.Connection.WriteHeaders(answer, endStream: true));
                server.Output.ResetWrittenCount();
            }
        }
        Exchange();
        Assert.Equal(0, Allocated(Exchange));
        Assert.Equal(200, server.Messages);
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class Quiet : IHttp1ConnectionHandler
    {
        public Quiet(Http1Role role) => Connection = new Http1Connection(role, new Http1Options(), this, Output);

        public ArrayBufferWriter<byte> Output { get; } = new(1 << 16);

        public Http1Connection Connection { get; }

        public int Messages { get; private set; }

        public void Take(Quiet from)
        {
            if (Connection.Receive(from.Output.WrittenSpan) != from.Output.WrittenCount)
            {
                throw new InvalidOperationException("not all was read");
            }
            from.Output.ResetWrittenCount();
        }

        public void OnHeaders(HeaderList headers, bool endStream) => Messages += endStream ? 1 : 0;

        public int OnData(ReadOnlySpan<byte> data, bool endStream)
        {
            Messages += endStream ? 1 : 0;
            return data.Length;
        }

        public void OnTrailers(HeaderList trailers) => Messages++;

        public void OnError(Http1Error error) => throw new InvalidOperationException(error.Reason);
    }
}
