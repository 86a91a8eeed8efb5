using System.Buffers.Binary;
using System.Text;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Frames made by hand and taken apart for reading, independent of the engine's own writer.</summary>
internal static class Frames
{
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;
    public const byte PriorityFlag = 32;

    public static byte[] Preface => Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    public static byte[] Raw(byte type, byte flags, int stream, params byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    public static byte[] Data(int stream, int length, byte flags = 0) => Raw(0, flags, stream, new byte[length]);

    public static byte[] Data(int stream, string text, byte flags = 0) => Raw(0, flags, stream, Encoding.ASCII.GetBytes(text));

    /// <summary>A whole header block, written without a dynamic table.</summary>
    public static byte[] Headers(int stream, byte flags, params (string Name, string Value)[] fields) =>
        Raw(1, (byte)(flags | EndHeaders), stream, Block(fields));

    public static byte[] Request(int stream, byte flags = EndStream) =>
        Headers(stream, flags, (":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/"));

    public static byte[] ConnectRequest(int stream) => Headers(stream, 0, (":method", "CONNECT"), (":authority", "a:1"));

    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        // Literal without indexing, no Huffman: the plainest form there is.
        var block = new List<byte>();
        foreach ((string name, string value) in fields)
        {
            block.Add(0);
            AddString(block, name);
            AddString(block, value);
        }
        return [.. block];
    }

    public static byte[] Settings(params (int Id, long Value)[] settings)
    {
        byte[] payload = new byte[settings.Length * 6];
        for (int i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), (ushort)settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), (uint)settings[i].Value);
        }
        return Raw(4, 0, 0, payload);
    }

    public static byte[] SettingsAck() => Raw(4, Ack, 0);

    public static byte[] Ping(ulong opaque, byte flags = 0)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(payload, opaque);
        return Raw(6, flags, 0, payload);
    }

    public static byte[] Reset(int stream, Http2ErrorCode code) => Raw(3, 0, stream, Int32((uint)code));

    public static byte[] WindowUpdate(int stream, uint increment) => Raw(8, 0, stream, Int32(increment));

    public static byte[] GoAway(int lastStream, Http2ErrorCode code, string debug = "") =>
        Raw(7, 0, 0, [.. Int32((uint)lastStream), .. Int32((uint)code), .. Encoding.ASCII.GetBytes(debug)]);

    public static byte[] Int32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>One line per frame of an engine's output.</summary>
    public static List<string> Describe(ReadOnlySpan<byte> output)
    {
        var lines = new List<string>();
        if (output.StartsWith(Preface))
        {
            lines.Add("preface");
            output = output[Preface.Length..];
        }
        while (!output.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(output) >>> 8;
            byte type = output[3];
            byte flags = output[4];
            int stream = BinaryPrimitives.ReadInt32BigEndian(output[5..]);
            ReadOnlySpan<byte> payload = output.Slice(9, length);
            output = output[(9 + length)..];
            lines.Add(type switch
            {
                0 => $"DATA {stream} {length}{((flags & EndStream) != 0 ? " end" : "")}",
                1 => $"HEADERS {stream}{((flags & EndStream) != 0 ? " end" : "")}{((flags & EndHeaders) != 0 ? "" : " more")}",
                3 => $"RST_STREAM {stream} {(Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload)}",
                4 => (flags & Ack) != 0 ? "SETTINGS ack" : "SETTINGS" + DescribeSettings(payload),
                6 => $"PING{((flags & Ack) != 0 ? " ack" : "")} {BinaryPrimitives.ReadUInt64BigEndian(payload)}",
                7 => $"GOAWAY {BinaryPrimitives.ReadInt32BigEndian(payload)} {(Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..])}",
                8 => $"WINDOW_UPDATE {stream} {BinaryPrimitives.ReadInt32BigEndian(payload)}",
                9 => $"CONTINUATION {stream}{((flags & EndHeaders) != 0 ? "" : " more")}",
                _ => $"type {type}",
            });
        }
        return lines;
    }

    private static string DescribeSettings(ReadOnlySpan<byte> payload)
    {
        var text = new StringBuilder();
        for (; !payload.IsEmpty; payload = payload[6..])
        {
            text.Append(' ').Append(BinaryPrimitives.ReadUInt16BigEndian(payload)).Append('=').Append(BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        }
        return text.ToString();
    }

    private static void AddString(List<byte> block, string text)
    {
        int length = text.Length;
        if (length < 127)
        {
            block.Add((byte)length);
        }
        else
        {
            block.Add(127);
            for (length -= 127; length >= 128; length >>= 7)
            {
                block.Add((byte)(length | 128));
            }
            block.Add((byte)length);
        }
        block.AddRange(Encoding.Latin1.GetBytes(text));
    }
}
