using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The JSON of the admin API, generated at build time.</summary>
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
[JsonSerializable(typeof(MemoryMessage))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>The form that docs/admin-api.md describes; the generated default is another.</summary>
    public static AdminJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,

        // Operators read this in a terminal: quotes need not be hidden from a browser.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
