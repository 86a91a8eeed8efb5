using System.Text.Json;
using System.Text.Json.Serialization;

namespace NodeMesh.Xds.Enrollment;

/// <summary>The JSON of enrollment, generated at build time.</summary>
[JsonSerializable(typeof(JoinMessage))]
[JsonSerializable(typeof(SigningMessage))]
[JsonSerializable(typeof(CertificatesMessage))]
[JsonSerializable(typeof(HealthMessage))]
public sealed partial class EnrollmentJson : JsonSerializerContext
{
    /// <summary>The form that docs/controller.md describes; the generated default is another.</summary>
    public static EnrollmentJson Form { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });
}
