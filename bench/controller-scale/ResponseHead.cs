using Google.Protobuf;
using Grpc.Core;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.ControllerScale;

/// <summary>
/// Of a response what a node needs for its answer. A thousand nodes in one process would spend its processors on reading the same resources a thousand
/// times, so all but one skip them.
/// </summary>
/// <param name="Encoded">The whole message, for the one node that reads it.</param>
internal sealed record ResponseHead(string TypeUrl, string Nonce, string Version, ReadOnlyMemory<byte> Encoded)
{
    private const int LengthDelimited = 2;

    /// <summary>The stream of <see cref="AggregatedDiscoveryService"/>, read as heads.</summary>
    public static Method<DeltaDiscoveryRequest, ResponseHead> Stream { get; } = new(
        MethodType.DuplexStreaming,
        AggregatedDiscoveryService.Descriptor.FullName,
        "DeltaAggregatedResources",
        Marshallers.Create(request => request.ToByteArray(), DeltaDiscoveryRequest.Parser.ParseFrom),
        Marshallers.Create(head => head.Encoded.ToArray(), Parse));

    private static ResponseHead Parse(byte[] encoded)
    {
        var (typeUrl, nonce, version) = ("", "", "");
        using var input = new CodedInputStream(encoded);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (tag)
            {
                case (DeltaDiscoveryResponse.SystemVersionInfoFieldNumber << 3) | LengthDelimited:
                    version = input.ReadString();
                    break;
                case (DeltaDiscoveryResponse.TypeUrlFieldNumber << 3) | LengthDelimited:
                    typeUrl = input.ReadString();
                    break;
                case (DeltaDiscoveryResponse.NonceFieldNumber << 3) | LengthDelimited:
                    nonce = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new ResponseHead(typeUrl, nonce, version, encoded);
    }
}
