using System.Text.Json;
using System.Text.Json.Serialization;

namespace NodeMesh.Cli.Api;

/// <summary>Reads problems without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Issue[]))]
internal sealed partial class ProblemJson : JsonSerializerContext;
