using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests;

/// <summary>The example answers of docs/admin-api.md, so that what is tested is what is documented.</summary>
internal static class DocumentedApi
{
    private const string Begin = "```json\n";

    /// <summary>The first JSON block below the heading, with its "..." filled in as times.</summary>
    public static JsonNode Answer(string heading)
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "admin-api.md"));
        var section = page[page.IndexOf($"\n## {heading}\n", StringComparison.Ordinal)..];
        var json = section[(section.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..];
        json = json[..json.IndexOf("```", StringComparison.Ordinal)];
        var answer = JsonNode.Parse(json)!;
        foreach (var item in new[] { answer["items"], (answer["bundles"] as JsonArray)?[0]?["authorities"] }.OfType<JsonArray>().SelectMany(list => list).OfType<JsonObject>())
        {
            foreach (var name in new[] { "notBefore", "notAfter", "openedAt" }.Where(item.ContainsKey))
            {
                item[name] = "2026-03-02T12:00:00+00:00";
            }
        }

        return answer;
    }
}
