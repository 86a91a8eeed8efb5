using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NodeMesh.Http.Http2;

/// <summary>The nine bytes in front of each frame (RFC 9113, 4.1).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(int PayloadLength, FrameType Type, FrameFlags Flags, int StreamId)
{
    public const int Length = 9;
    public const int LeastMaxPayload = 16_384;
    public const int GreatestMaxPayload = 16_777_215;

    /// <summary>Reads a header; the reserved bit of the stream id is ignored.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        uint lengthAndType = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return new FrameHeader(
            (int)(lengthAndType >> 8),
            (FrameType)(byte)lengthAndType,
            (FrameFlags)bytes[4],
            BinaryPrimitives.ReadInt32BigEndian(bytes[5..]) & int.MaxValue);
    }

    public static void Write(Span<byte> destination, int payloadLength, FrameType type, FrameFlags flags, int streamId)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ((uint)payloadLength << 8) | (byte)type);
        destination[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(destination[5..], streamId);
    }

    public bool Has(FrameFlags flag) => (Flags & flag) != FrameFlags.None;
}
