using Google.Protobuf;
using Grpc.Core;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Delta;

/// <summary>
/// <c>envoy.service.discovery.v3.AggregatedDiscoveryService</c> for a server that gives its responses in their encoding, which the generated one does not.
/// </summary>
[BindServiceMethod(typeof(DeltaDiscoveryBase), nameof(BindService))]
public abstract class DeltaDiscoveryBase
{
    // Its name, and that of the method below, are how requests find it.
    private static readonly Method<DeltaDiscoveryRequest, EncodedResponse> Method = new(
        MethodType.DuplexStreaming,
        AggregatedDiscoveryService.Descriptor.FullName,
        nameof(DeltaAggregatedResources),
        new Marshaller<DeltaDiscoveryRequest>(
            (request, context) => context.Complete(request.ToByteArray()),
            context => DeltaDiscoveryRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        new Marshaller<EncodedResponse>(Write, context => new EncodedResponse([context.PayloadAsNewBuffer()])));

    public static void BindService(ServiceBinderBase binder, DeltaDiscoveryBase? service) => binder.AddMethod(
        Method, service is null ? null : new DuplexStreamingServerMethod<DeltaDiscoveryRequest, EncodedResponse>(service.DeltaAggregatedResources));

    public abstract Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<EncodedResponse> responseStream, ServerCallContext context);

    private static void Write(EncodedResponse response, SerializationContext context)
    {
        context.SetPayloadLength(response.Length);
        response.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
