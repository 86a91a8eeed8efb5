using System.Text;
using System.Text.Json.Nodes;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Controller;

/// <summary>What <c>POST /v1/apply</c> is asked for. Immutable.</summary>
internal sealed record ChangeRequest
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public IReadOnlyList<ResourceFile> Files { get; init; } = [];

    public IReadOnlyList<ResourceKey> Delete { get; init; } = [];

    /// <summary>Whether one of these may be gone already.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Labels whose other resources are deleted.</summary>
    public IReadOnlyDictionary<string, string>? Prune { get; init; }

    public long? Base { get; init; }

    public bool DryRun { get; init; }

    public required string Reason { get; init; }

    /// <exception cref="CliException">A file is no text.</exception>
    public JsonObject ToJson()
    {
        var request = new JsonObject { ["dryRun"] = DryRun, ["reason"] = Reason };
        if (Files.Count > 0)
        {
            request["files"] = new JsonArray([.. Files.Select(file => new JsonObject { ["name"] = file.Name, ["content"] = TextOf(file) })]);
        }

        if (Delete.Count > 0)
        {
            request["delete"] = new JsonArray([.. Delete.Select(JsonOf)]);
        }

        if (IgnoreMissing)
        {
            request["ignoreMissing"] = true;
        }

        if (Prune is not null)
        {
            request["prune"] = new JsonObject(Prune.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        }

        if (Base is { } seen)
        {
            request["base"] = seen;
        }

        return request;
    }

    private static string TextOf(ResourceFile file)
    {
        try
        {
            return Utf8.GetString(file.Content.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new CliException($"{file.Name} is not UTF-8 text");
        }
    }

    private static JsonObject JsonOf(ResourceKey key)
    {
        var item = new JsonObject { ["kind"] = key.Kind, ["name"] = key.Name };
        if (key.Namespace.Length > 0)
        {
            item["namespace"] = key.Namespace;
        }

        return item;
    }
}
