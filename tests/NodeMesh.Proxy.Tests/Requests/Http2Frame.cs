using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using NodeMesh.Proxy.Tests.Tunnels;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>One HTTP/2 frame by hand, where an engine would not let a test misbehave.</summary>
internal readonly record struct Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte GoAway = 7;
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    /// <summary>GET http://o/ (RFC 7541: three indexed fields, and an authority that is not).</summary>
    public static readonly byte[] Get = [0x82, 0x86, 0x84, 0x41, 0x01, (byte)'o'];

    /// <summary>POST http://o/, the same way.</summary>
    public static readonly byte[] Post = [0x83, 0x86, 0x84, 0x41, 0x01, (byte)'o'];

    /// <summary>CONNECT with :protocol websocket to http://o/ (RFC 8441, section 4).</summary>
    public static readonly byte[] ExtendedConnect =
    [
        0x42, 0x07, .. "CONNECT"u8, 0x86, 0x84, 0x41, 0x01, (byte)'o', 0x40, 0x09, .. ":protocol"u8, 0x09, .. "websocket"u8,
    ];

    /// <summary>:status 200.</summary>
    public static readonly byte[] Ok = [0x88];

    private const int HeaderSize = 9;

    /// <summary>The status that the block of a response begins with: an index of RFC 7541's static table, or a literal, perhaps in Huffman's code.</summary>
    public string Status => Payload switch
    {
        [0x88, ..] => "200",
        [0x8c, ..] => "400",
        [0x48 or 0x08, 0x03, ..] => Encoding.ASCII.GetString(Payload, 2, 3),
        [0x48, 0x82, 0x6c, 0x02, ..] => "502",
        _ => Convert.ToHexString(Payload),
    };

    public static Http2Frame Of(byte type, byte flags, int stream, params byte[] payload) => new(type, flags, stream, payload);

    public static Http2Frame ResetOf(int stream, int code) => new(Reset, 0, stream, BigEndian(code));

    public static Http2Frame GoAwayAfter(int lastStream) => new(GoAway, 0, 0, [.. BigEndian(lastStream), .. BigEndian(0)]);

    public byte[] ToBytes() => [.. BigEndian(Payload.Length)[1..], Type, Flags, .. BigEndian(Stream), .. Payload];

    /// <summary>A client's connection to its daemon that has said hello in HTTP/2.</summary>
    public static async Task<Socket> DialAsync(HttpPair pair)
    {
        var socket = await pair.DialAsync();
        await socket.SendAllAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await SendAsync(socket, Of(Settings, 0, 0), Of(Settings, 1, 0));
        return socket;
    }

    /// <summary>The daemon's next connection to an application that speaks HTTP/2.</summary>
    public static async Task<Socket> AcceptAsync(HttpPair pair)
    {
        var socket = await pair.AcceptAsync();
        await socket.ReceiveAsync(24);
        await SendAsync(socket, Of(Settings, 0, 0), Of(Settings, 1, 0));
        return socket;
    }

    public static Task SendAsync(Socket socket, params Http2Frame[] frames) => socket.SendAllAsync(frames.SelectMany(frame => frame.ToBytes()).ToArray());

    /// <summary>The next frame of one of these types; others are passed over.</summary>
    public static async Task<Http2Frame> ReceiveAsync(Socket socket, params byte[] types)
    {
        while (true)
        {
            var header = await socket.ReceiveAsync(HeaderSize);
            var payload = await socket.ReceiveAsync((header[0] << 16) | (header[1] << 8) | header[2]);
            if (types.Contains(header[3]))
            {
                return new Http2Frame(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            }
        }
    }

    /// <summary>A request with its body, and its stream.</summary>
    public static async Task<(int Stream, byte[] Body)> ReceiveRequestAsync(Socket socket)
    {
        var frame = await ReceiveAsync(socket, Headers);
        var stream = frame.Stream;
        List<byte> body = [];
        while ((frame.Flags & EndStream) == 0)
        {
            frame = await ReceiveAsync(socket, Data);
            Assert.Equal(stream, frame.Stream);
            body.AddRange(frame.Payload);
        }

        return (stream, [.. body]);
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
