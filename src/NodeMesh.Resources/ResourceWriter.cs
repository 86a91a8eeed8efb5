using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources;

/// <summary>
/// Writes resources as they would stand in a file; reading the text again gives equal resources. Stateless, safe on any thread.
/// </summary>
public static class ResourceWriter
{
    /// <summary>The resources as YAML documents.</summary>
    /// <param name="resources">In the order they are written.</param>
    /// <param name="defaults">True: fields that hold their default are written too, so that a reader sees everything that holds.</param>
    public static string ToYaml(IEnumerable<Resource> resources, bool defaults = false)
    {
        var text = new StringBuilder();
        foreach (var resource in resources)
        {
            _ = text.Length > 0 ? text.Append("---\n") : text;
            YamlPrinter.Print(Tree(resource, defaults), text);
        }

        return text.ToString();
    }

    /// <summary>One resource as a JSON object. <paramref name="defaults"/> as in <see cref="ToYaml"/>.</summary>
    public static string ToJson(Resource resource, bool defaults = false) => Json(output => JsonPrinter.Print(Tree(resource, defaults), output));

    /// <summary>The resources as a JSON array.</summary>
    public static string ToJson(IEnumerable<Resource> resources, bool defaults = false) => Json(output =>
    {
        output.WriteStartArray();
        foreach (var resource in resources)
        {
            JsonPrinter.Print(Tree(resource, defaults), output);
        }

        output.WriteEndArray();
    });

    private static YamlMapping Tree(Resource resource, bool defaults)
    {
        var kind = KnownKinds.Find(resource.Kind) ?? throw new ArgumentException($"{resource.Kind} is not a kind of KnownKinds", nameof(resource));
        return kind.Write(resource, defaults);
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();

        // Operators read this in a terminal: quotes and non-ASCII letters need not be hidden from a browser.
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var output = new Utf8JsonWriter(buffer, options))
        {
            write(output);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
