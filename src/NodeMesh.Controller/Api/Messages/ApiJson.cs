using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>The JSON of the API, generated at build time.</summary>
[JsonSerializable(typeof(ProblemMessage))]
[JsonSerializable(typeof(ApplyMessage))]
[JsonSerializable(typeof(AppliedMessage))]
[JsonSerializable(typeof(ResourcesMessage))]
[JsonSerializable(typeof(WatchMessage))]
[JsonSerializable(typeof(RevisionsMessage))]
[JsonSerializable(typeof(RevisionChangesMessage))]
[JsonSerializable(typeof(RollbackMessage))]
[JsonSerializable(typeof(TokenRequestMessage))]
[JsonSerializable(typeof(TokenMessage))]
[JsonSerializable(typeof(NodesMessage))]
[JsonSerializable(typeof(AuditMessage))]
[JsonSerializable(typeof(StatusMessage))]
[JsonSerializable(typeof(AuthorityMessage))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>The form that docs/controller.md describes; the generated default is another.</summary>
    public static ApiJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,

        // Operators read this in a terminal: quotes need not be hidden from a browser.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
