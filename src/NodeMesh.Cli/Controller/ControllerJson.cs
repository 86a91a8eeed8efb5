using System.Text.Json;
using System.Text.Json.Serialization;

namespace NodeMesh.Cli.Controller;

/// <summary>Reads the answers of the controller's API without reflection, by the rules of <see cref="Admin.AdminJson"/>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ApplyReport))]
[JsonSerializable(typeof(RevisionList))]
[JsonSerializable(typeof(RevisionReport))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(JoinToken))]
[JsonSerializable(typeof(AuditLog))]
[JsonSerializable(typeof(ControllerStatus))]
[JsonSerializable(typeof(RootsReport))]
internal sealed partial class ControllerJson : JsonSerializerContext;
