namespace NodeMesh.Http.Http2;

/// <summary>RFC 9113, 6. The meaning depends on the frame type; END_STREAM and ACK share a bit.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    EndStream = 0x1,
#pragma warning disable CA1069 // shared on purpose: the frame type tells them apart
    Ack = 0x1,
#pragma warning restore CA1069
    EndHeaders = 0x4,
    Padded = 0x8,
    Priority = 0x20,
}
