using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using NodeMesh.Controller.Api.Messages;

namespace NodeMesh.Controller.Api;

/// <summary>
/// Describes routes as OpenAPI 3.1 does (https://spec.openapis.org/oas/v3.1.1): made of the very declarations that are served, and of the types that are
/// read and written, so that it cannot differ from them. Stateless.
/// </summary>
internal static class OpenApiDocument
{
    private const string MessageSuffix = "Message";
    private const string Certificate = "certificate";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static byte[] Of(IReadOnlyList<ApiRoute> routes, string version)
    {
        var schemas = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var problem = Reference(ApiJson.Readable.ProblemMessage, schemas, isBody: false);
        var paths = new JsonObject();
        foreach (var group in routes.GroupBy(route => route.Pattern, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            paths[group.Key] = new JsonObject(group.Select(route => KeyValuePair.Create(route.Method.ToLowerInvariant(), (JsonNode?)Operation(route, problem, schemas))));
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "nodemesh-controller", ["version"] = version, ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" } },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas.Select(schema => KeyValuePair.Create(schema.Key, (JsonNode?)schema.Value))),
                ["securitySchemes"] = new JsonObject
                {
                    [Certificate] = new JsonObject
                    {
                        ["type"] = "mutualTLS",
                        ["description"] = "An X.509-SVID of an operator, or of a node; or a certificate that the settings name as an operator's. On the unix socket root and the controller's own user need none.",
                    },
                },
            },
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString(Indented));
    }

    private static JsonObject Operation(ApiRoute route, JsonObject problem, SortedDictionary<string, JsonNode> schemas)
    {
        var needs = route.Role is { } role ? $" Needs the role {role.ToString().ToLowerInvariant()}." : route.IsForNodes ? " For nodes that have joined." : "";
        var operation = new JsonObject
        {
            ["operationId"] = OperationId(route),
            ["summary"] = route.Summary,
            ["description"] = route.Summary + needs,
            ["security"] = route.Role is null && !route.IsForNodes ? new JsonArray() : new JsonArray(new JsonObject { [Certificate] = new JsonArray() }),
        };
        if (Parameters(route) is { Count: > 0 } parameters)
        {
            operation["parameters"] = parameters;
        }

        if (route.Body is { } body)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", Reference(body, schemas, isBody: true)) };
        }

        var success = new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(route.Status) };
        if (route.Status != StatusCodes.Status204NoContent)
        {
            var content = Content("application/json", route.Answer is { } answer ? Reference(answer, schemas, isBody: false) : new JsonObject { ["type"] = "object" });
            if (route.LineType is { } lines)
            {
                content[lines.MediaType] = new JsonObject { ["schema"] = Reference(lines.Form, schemas, isBody: false) };
            }

            success["content"] = content;
        }

        operation["responses"] = new JsonObject
        {
            [$"{route.Status}"] = success,
            ["default"] = new JsonObject { ["description"] = "A problem (RFC 9457)", ["content"] = Content("application/problem+json", problem.DeepClone()) },
        };
        return operation;
    }

    private static JsonArray Parameters(ApiRoute route)
    {
        var inPath = route.Pattern.Split('/').Where(part => part.StartsWith('{')).Select(part => new JsonObject
        {
            ["name"] = part.Trim('{', '}'),
            ["in"] = "path",
            ["required"] = true,
            ["schema"] = new JsonObject { ["type"] = "string" },
        });
        var inQuery = route.Parameters.Select(parameter => new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = "query",
            ["description"] = parameter.Description,
            ["schema"] = new JsonObject { ["type"] = parameter.Type },
        });
        return [.. inPath, .. inQuery];
    }

    /// <summary><c>getRevisionsNumber</c> for <c>GET /v1/revisions/{number}</c>.</summary>
    private static string OperationId(ApiRoute route) => route.Method.ToLowerInvariant() + string.Concat(
        route.Pattern.Split('/', '{', '}', '.').Skip(2).Where(part => part.Length > 0).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(JsonTypeInfo type, SortedDictionary<string, JsonNode> schemas, bool isBody)
    {
        var name = type.Type.Name.EndsWith(MessageSuffix, StringComparison.Ordinal) ? type.Type.Name[..^MessageSuffix.Length] : type.Type.Name;
        var place = $"#/components/schemas/{name}";
        if (!schemas.ContainsKey(name))
        {
            var schema = type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
            Adapt(schema, place, isBody);
            schemas.Add(name, schema);
        }

        return new JsonObject { ["$ref"] = place };
    }

    /// <summary>
    /// Parts of a schema refer to others from its root, and that is at another place here. What is read takes no field that it does not know; what is
    /// answered may get more fields with time.
    /// </summary>
    private static void Adapt(JsonNode? node, string place, bool isBody)
    {
        switch (node)
        {
            case JsonObject value:
                if ((string?)(value["$ref"] as JsonValue) is { } reference)
                {
                    value["$ref"] = place + reference[1..];
                }

                if (!isBody && value["additionalProperties"] is JsonValue)
                {
                    value.Remove("additionalProperties");
                }

                foreach (var (_, child) in value.ToArray())
                {
                    Adapt(child, place, isBody);
                }

                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Adapt(child, place, isBody);
                }

                break;
            default:
                break;
        }
    }
}
