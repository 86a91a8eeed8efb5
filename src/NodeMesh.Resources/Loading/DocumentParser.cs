using System.Text;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Loading;

/// <summary>Reads the resources of one file. Stateless but for the issues it adds to.</summary>
internal static class DocumentParser
{
    public const int MaxFileBytes = 16 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The resources that could be read; where anything is wrong, <paramref name="issues"/> says so.</summary>
    public static List<ParsedResource> Parse(ResourceFile file, IssueCollector issues)
    {
        var parsed = new List<ParsedResource>();
        if (!TryDecode(file, issues, out var text))
        {
            return parsed;
        }

        foreach (var root in YamlComposer.Compose(text, new DocumentScope(file.Name, issues)))
        {
            if (issues.IsFull)
            {
                break;
            }

            var document = new FieldScope(root, FieldPath.Root, new DocumentScope(file.Name, issues));
            if (Read(document) is { } resource)
            {
                parsed.Add(new ParsedResource(resource, document));
            }
        }

        return parsed;
    }

    private static Resource? Read(FieldScope document)
    {
        if (document.Node is not YamlMapping mapping)
        {
            document.Error($"{document.Node.Description} stands here; expected is a resource (a mapping with apiVersion, kind, metadata, spec)");
            return null;
        }

        if (!TryReadText(document, mapping, "kind", out var name) | !TryReadText(document, mapping, "apiVersion", out var apiVersion))
        {
            return null;
        }

        if (KnownKinds.Find(name) is not { } kind)
        {
            document.Error("kind", $"{FoundText.Quote(name)} is no kind that this version knows; {Suggestion.For(name, KnownKinds.All.Select(k => k.Kind))}");
            return null;
        }

        if (!string.Equals(apiVersion, kind.ApiVersion, StringComparison.Ordinal))
        {
            document.Error("apiVersion", $"{FoundText.Quote(apiVersion)} is not the apiVersion of {kind.Kind}; write {kind.ApiVersion}");
            return null;
        }

        return kind.Read(document);
    }

    private static bool TryReadText(FieldScope document, YamlMapping mapping, string field, out string text)
    {
        text = "";
        if (mapping.Find(field) is { } node)
        {
            return Scalars.AnyText.TryRead(document.Field(field, node), out text);
        }

        document.Field(field, mapping).Error("the field is missing; a resource begins with apiVersion, kind, metadata and spec");
        return false;
    }

    private static bool TryDecode(ResourceFile file, IssueCollector issues, out string text)
    {
        text = "";
        var scope = new DocumentScope(file.Name, issues);
        if (file.Content.Length > MaxFileBytes)
        {
            scope.Error(0, 0, "", $"the file has {file.Content.Length} bytes; at most {MaxFileBytes} are read; split it");
            return false;
        }

        var bytes = file.Content.Span;
        try
        {
            text = Utf8.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
            return true;
        }
        catch (DecoderFallbackException e)
        {
            var before = bytes[..Math.Clamp(e.Index, 0, bytes.Length)];
            scope.Error(before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'), "", "the file is not UTF-8 text from here on");
            return false;
        }
    }
}
