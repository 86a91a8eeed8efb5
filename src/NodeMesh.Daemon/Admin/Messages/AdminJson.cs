using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The JSON of the admin API, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ProblemMessage))]
[JsonSerializable(typeof(StatusMessage))]
[JsonSerializable(typeof(ResourcesMessage))]
[JsonSerializable(typeof(ServicesMessage))]
[JsonSerializable(typeof(WorkloadsMessage))]
[JsonSerializable(typeof(EndpointsMessage))]
[JsonSerializable(typeof(CertificatesMessage))]
[JsonSerializable(typeof(ConnectionsMessage))]
[JsonSerializable(typeof(ExplanationMessage))]
[JsonSerializable(typeof(LogLevelMessage))]
[JsonSerializable(typeof(ReloadMessage))]
[JsonSerializable(typeof(DrainMessage))]
[JsonSerializable(typeof(ReadinessMessage))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>Operators read this in a terminal: quotes need not be hidden from a browser.</summary>
    public static AdminJson Readable { get; } = new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
