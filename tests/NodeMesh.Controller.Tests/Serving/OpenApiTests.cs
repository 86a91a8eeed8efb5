using System.Net;
using System.Text.Json;

namespace NodeMesh.Controller.Tests.Serving;

/// <summary>The document that describes the API.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Anybody_may_read_it_and_all_it_refers_to_is_there()
    {
        var (status, document) = await _server.AskAsAsync(null, HttpMethod.Get, "v1/openapi.json");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var references = References(document).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(Exists(document, reference), reference));
        var operations = Operations(document).Select(operation => operation.GetProperty("operationId").GetString()).ToArray();
        Assert.Equal(operations.Distinct(), operations);
    }

    [Fact]
    public async Task What_it_describes_is_what_the_manual_describes()
    {
        var document = await _server.GetAsync("v1/openapi.json");
        var manual = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "controller.md"));
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                var written = path.Name.Replace("{name}", "NAME", StringComparison.Ordinal).Replace("{number}", "N", StringComparison.Ordinal).Replace("{step}", "prepare", StringComparison.Ordinal);
                Assert.True(
                    manual.Contains($"`{method.Name.ToUpperInvariant()} {written}`", StringComparison.Ordinal) || manual.Contains($"`{written}`", StringComparison.Ordinal),
                    $"docs/controller.md does not tell of {method.Name} {written}");
            }
        }
    }

    [Fact]
    public async Task Answers_are_as_it_says()
    {
        await _server.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart"));
        await _server.JoinAsync("web-1");
        var document = await _server.GetAsync("v1/openapi.json");
        foreach (var path in new[] { "/v1/status", "/v1/resources", "/v1/revisions", "/v1/revisions/{number}", "/v1/nodes", "/v1/audit", "/v1/authority" })
        {
            var answer = await _server.GetAsync(path.Replace("{number}", "1", StringComparison.Ordinal)[1..]);
            var content = document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content");
            AssertFits(document, content.GetProperty("application/json").GetProperty("schema"), answer, path);
        }
    }

    /// <summary>As far as these schemas go: required fields are there, and no field is unknown.</summary>
    private static void AssertFits(JsonElement document, JsonElement schema, JsonElement value, string place)
    {
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            Assert.True(TryFind(document, reference.GetString()!, out schema), place);
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                AssertFits(document, schema.GetProperty("items"), item, place + "[]");
            }
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        foreach (var field in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(field.Name, out var known), $"{place}.{field.Name} is not described");
            AssertFits(document, known, field.Value, $"{place}.{field.Name}");
        }
    }

    private static IEnumerable<JsonElement> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(method => method.Value);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field => field.Name == "$ref" ? [field.Value.GetString()!] : References(field.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Exists(JsonElement document, string reference) => TryFind(document, reference, out _);

    private static bool TryFind(JsonElement document, string reference, out JsonElement found)
    {
        found = document;
        foreach (var part in reference.Split('/').Skip(1))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found))
            {
                return false;
            }
        }

        return true;
    }
}
