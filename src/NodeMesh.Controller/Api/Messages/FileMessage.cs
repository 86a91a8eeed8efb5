namespace NodeMesh.Controller.Api.Messages;

/// <summary>A file of resources as the operator has it.</summary>
/// <param name="Name">As it is to appear in errors.</param>
/// <param name="Content">YAML, any number of documents.</param>
internal sealed record FileMessage(string Name, string Content);
