using System.Text.Json;
using System.Text.Json.Serialization;
using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Admin;

/// <summary>
/// Reads the answers of the admin API without reflection. Unknown fields are ignored, as the API asks of its clients, and missing ones keep
/// their defaults: for this the properties are settable, since the generator assigns init-only ones whether they were given or not.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ServiceList))]
[JsonSerializable(typeof(WorkloadList))]
[JsonSerializable(typeof(EndpointList))]
[JsonSerializable(typeof(CertificateList))]
[JsonSerializable(typeof(Connection))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(Issue[]))]
internal sealed partial class AdminJson : JsonSerializerContext;
