using System.Buffers;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Delta;

/// <summary>A <see cref="DeltaDiscoveryResponse"/> in its encoding, in parts that other responses share. Immutable.</summary>
public sealed class EncodedResponse(IReadOnlyList<ReadOnlyMemory<byte>> parts)
{
    public int Length { get; } = parts.Sum(part => part.Length);

    public void WriteTo(IBufferWriter<byte> writer)
    {
        foreach (var part in parts)
        {
            writer.Write(part.Span);
        }
    }

    public DeltaDiscoveryResponse Decode()
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(1, Length));
        WriteTo(buffer);
        return DeltaDiscoveryResponse.Parser.ParseFrom(buffer.WrittenSpan);
    }
}
