using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>What a message on a warm connection costs the garbage collector: nothing.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void Data_window_updates_and_pings_allocate_nothing()
    {
        var link = new QuietLink();
        byte[] data = new byte[20_000];
        void Exchange()
        {
            for (int i = 0; i < 20; i++)
            {
                link.ClientStream.WriteData(data, endStream: false);
                link.Client.Connection.Ping(7);
                link.Carry();
                link.ServerStream.WriteData(data, endStream: false);
                link.Carry();
            }
        }
        Exchange();
        long received = link.Client.Bytes + link.Server.Bytes;
        Assert.Equal(0, Allocated(Exchange));
        Assert.Equal(20 * 2 * data.Length, link.Client.Bytes + link.Server.Bytes - received);
        Assert.True(link.Client.Pongs >= 40);
    }

    [Fact]
    public void Data_over_several_segments_allocates_nothing()
    {
        var link = new QuietLink();
        byte[] frames = [.. Frames.Data(1, 3000), .. Frames.Ping(1), .. Frames.Data(1, 3000)];
        ReadOnlySequence<byte> input = Segment.Split(frames, [5, 12, 3000, 3015, 3030, 3040]);
        void Exchange()
        {
            link.Server.Connection.Receive(input);
            link.ServerOutput.ResetWrittenCount();
        }
        Exchange();
        Assert.Equal(0, Allocated(Exchange));
    }

    [Fact]
    public void A_tunnel_opened_answered_and_released_allocates_nothing()
    {
        var link = new QuietLink();
        HeaderList headers = Endpoint.Connect();
        HeaderList answer = Endpoint.Status(200);
        void OpenAndClose()
        {
            link.Client.Connection.TryOpenStream(headers, false, null, out Http2Stream? client, out _);
            link.Carry();
            Http2Stream server = link.Server.Last!;
            server.WriteHeaders(answer, endStream: false);
            link.Carry();
            client!.WriteData("x"u8, endStream: true);
            server.WriteData("y"u8, endStream: true);
            link.Carry();
            client.Release();
            server.Release();
        }
        Warm(OpenAndClose);
        Assert.Equal(0, Allocated(OpenAndClose));
    }

    [Fact]
    public void A_request_with_ten_fields_bodies_and_trailers_allocates_nothing()
    {
        var link = new QuietLink { TakesTrailers = true };
        HeaderList request = Endpoint.List(
            (":method", "POST"), (":scheme", "https"), (":authority", "orders.shop.mesh:8080"), (":path", "/api/v1/orders?customer=4711"),
            ("user-agent", "curl/8.5.0"), ("accept", "*/*"), ("content-type", "application/json"), ("content-length", "1000"),
            ("x-request-id", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"), ("authorization", "Bearer abcdefghijklmnopqrstuvwxyz"));
        HeaderList response = Endpoint.List(
            (":status", "200"), ("content-type", "application/json"), ("server", "orders"), ("date", "Tue, 01 Jul 2025 10:00:00 GMT"),
            ("cache-control", "no-store"), ("vary", "accept-encoding"), ("x-first", "1"), ("x-second", "2"));
        HeaderList trailers = Endpoint.List(("grpc-status", "0"));
        byte[] body = new byte[1000];
        void Request()
        {
            link.Client.Connection.TryOpenStream(request, false, null, out Http2Stream? client, out _);
            client!.WriteData(body, endStream: true);
            link.Carry();
            Http2Stream server = link.Server.Last!;
            server.WriteHeaders(response, endStream: false);
            server.WriteData(body, endStream: false);
            server.WriteHeaders(trailers, endStream: true);
            server.Release();
            link.Carry();
            Assert.True(client.IsClosed);
            client.Release();
        }
        Warm(Request);
        Assert.Equal(0, Allocated(Request));
    }

    private static void Warm(Action action)
    {
        for (int i = 0; i < 200; i++)
        {
            action();
        }
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>A pair whose handlers and buffers allocate nothing themselves.</summary>
    private sealed class QuietLink
    {
        private readonly ArrayBufferWriter<byte> _clientOutput = new(1 << 20);

        public QuietLink()
        {
            Client = new CountingHandler(Http2Role.Client, _clientOutput);
            Server = new CountingHandler(Http2Role.Server, ServerOutput);
            Client.Connection.Start();
            Server.Connection.Start();
            Carry();
            Client.Connection.TryOpenStream(Endpoint.Connect(), false, null, out Http2Stream? stream, out _);
            ClientStream = stream!;
            Carry();
            ServerStream = Server.Last!;
            ServerStream.WriteHeaders(Endpoint.Status(200), endStream: false);
            Carry();
        }

        public ArrayBufferWriter<byte> ServerOutput { get; } = new(1 << 20);

        public CountingHandler Client { get; }

        public CountingHandler Server { get; }

        public Http2Stream ClientStream { get; }

        public Http2Stream ServerStream { get; }

        public bool TakesTrailers
        {
            init => Client.TakesTrailers = value;
        }

        public void Carry()
        {
            while (_clientOutput.WrittenCount + ServerOutput.WrittenCount > 0)
            {
                Server.Connection.Receive(_clientOutput.WrittenSpan);
                _clientOutput.ResetWrittenCount();
                Client.Connection.Receive(ServerOutput.WrittenSpan);
                ServerOutput.ResetWrittenCount();
            }
        }
    }

    private sealed class CountingHandler : IHttp2ConnectionHandler
    {
        public CountingHandler(Http2Role role, IBufferWriter<byte> output) =>
            Connection = new Http2Connection(role, new Http2Options(), this, output, TimeProvider.System);

        public Http2Connection Connection { get; }

        public Http2Stream? Last { get; private set; }

        public long Bytes { get; private set; }

        public int Pongs { get; private set; }

        public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream) => Last = stream;

        public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
        {
            Bytes += data.Length;
            stream.Consume(data.Length);
        }

        public void OnPingAck(ulong opaque) => Pongs++;

        public bool TakesTrailers { get; set; }

        public void OnTrailers(Http2Stream stream, HeaderList trailers)
        {
            if (!TakesTrailers)
            {
                throw new InvalidOperationException("no trailers were sent");
            }
        }

        public void OnReset(Http2Stream stream, Http2ErrorCode code) => throw new InvalidOperationException($"reset {code}");

        public void OnSendWindow(Http2Stream stream)
        {
        }

        public void OnGoAway(int lastStreamId, Http2ErrorCode code) => throw new InvalidOperationException($"goaway {code}");

        public void OnConnectionError(Http2ErrorCode code, string reason) => throw new InvalidOperationException(reason);
    }
}
