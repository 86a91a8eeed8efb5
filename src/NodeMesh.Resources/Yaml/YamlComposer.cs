using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Schema;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NodeMesh.Resources.Yaml;

/// <summary>
/// Composes the documents of one file from the parser's events, within bounds: no anchors, aliases or tags, so that a document is never
/// larger than its file; limited depth, so that recursion over it is safe. Lives as long as the reading of one file, on one thread.
/// </summary>
internal sealed class YamlComposer
{
    /// <summary>The deepest resource (an AuthorizationPolicy) needs 10.</summary>
    public const int MaxDepth = 32;

    /// <summary>Values in one file; ten thousand services need about two hundred thousand.</summary>
    public const int MaxNodes = 2_000_000;

    public const int MaxScalarLength = 64 * 1024;

    private readonly IParser _parser;
    private readonly DocumentScope _file;
    private int _nodes;

    private YamlComposer(IParser parser, DocumentScope file)
    {
        _parser = parser;
        _file = file;
    }

    /// <summary>
    /// The roots of the file's documents; empty documents are left out. What is wrong is reported to <paramref name="file"/>, and the
    /// documents before it are still given.
    /// </summary>
    public static List<YamlNode> Compose(string text, DocumentScope file)
    {
        var documents = new List<YamlNode>();
        var composer = new YamlComposer(new Parser(new StringReader(text)), file);
        try
        {
            composer.Compose(documents);
        }
        catch (YamlLimitException e)
        {
            file.Error(e.Line, e.Column, "", e.Message);
        }
        catch (YamlException e)
        {
            composer.ReportNotYaml(text, e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            // The parser lets these through on some malformed input instead of saying what is wrong; the last good place has to do.
            var (line, column) = composer.Position();
            file.Error(line, column, "", "what follows is not YAML; look for a bracket or quote that is not closed, or a line that is not indented right");
        }

        return documents;
    }

    private void Compose(List<YamlNode> documents)
    {
        while (_parser.MoveNext())
        {
            if (_parser.Current is not DocumentStart)
            {
                continue;
            }

            Advance();
            if (ComposeNode(FieldPath.Root, depth: 1) is var root and not YamlScalar { Type: ScalarType.Null })
            {
                documents.Add(root);
            }
        }
    }

    private YamlNode ComposeNode(FieldPath path, int depth)
    {
        var (line, column) = Position();
        if (_parser.Current is AnchorAlias)
        {
            throw new YamlLimitException("aliases (*name) are not allowed in resource files; write the value out", line, column);
        }

        if (_parser.Current is not NodeEvent node)
        {
            throw new YamlLimitException("a value is expected here", line, column);
        }

        if (!node.Anchor.IsEmpty)
        {
            throw new YamlLimitException("anchors (&name) are not allowed in resource files; write the value out where it is needed", line, column);
        }

        if (!node.Tag.IsEmpty)
        {
            throw new YamlLimitException("tags (!name) are not allowed in resource files; write the plain value", line, column);
        }

        if (depth > MaxDepth)
        {
            throw new YamlLimitException($"the document is nested more than {MaxDepth} deep", line, column);
        }

        if (++_nodes > MaxNodes)
        {
            throw new YamlLimitException($"the file holds more than {MaxNodes} values; split it", line, column);
        }

        return node switch
        {
            MappingStart => ComposeMapping(path, depth, line, column),
            SequenceStart => ComposeSequence(path, depth, line, column),
            Scalar scalar => ComposeScalar(scalar, line, column),
            _ => throw new YamlLimitException("a value is expected here", line, column),
        };
    }

    private YamlMapping ComposeMapping(FieldPath path, int depth, int line, int column)
    {
        var mapping = new YamlMapping(line, column);
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        Advance();
        while (_parser.Current is not MappingEnd)
        {
            var key = ComposeNode(path, depth + 1);
            if (key is not YamlScalar name)
            {
                throw new YamlLimitException($"a field name is expected, not {key.Description}", key.Line, key.Column);
            }

            var field = path.Field(name.Text);
            var value = ComposeNode(field, depth + 1);
            if (lines.TryAdd(name.Text, name.Line))
            {
                mapping.Add(name, value);
            }
            else
            {
                _file.Error(name.Line, name.Column, field.ToString(), $"the field stands here again; it is first given on line {lines[name.Text]}");
            }
        }

        Advance();
        return mapping;
    }

    private YamlSequence ComposeSequence(FieldPath path, int depth, int line, int column)
    {
        var sequence = new YamlSequence(line, column);
        Advance();
        while (_parser.Current is not SequenceEnd)
        {
            sequence.Items.Add(ComposeNode(path.Item(sequence.Items.Count), depth + 1));
        }

        Advance();
        return sequence;
    }

    private YamlScalar ComposeScalar(Scalar scalar, int line, int column)
    {
        if (scalar.Value.Length > MaxScalarLength)
        {
            throw new YamlLimitException($"a text of {scalar.Value.Length} characters stands here; at most {MaxScalarLength} are allowed", line, column);
        }

        var type = scalar.Style == ScalarStyle.Plain ? YamlScalar.TypeOfPlain(scalar.Value) : ScalarType.Text;
        Advance();
        return new YamlScalar(scalar.Value, type, line, column);
    }

    /// <summary>
    /// The parser reports a tab as whatever it could not read because of it, at times on the first line of the file; the tab itself is what
    /// somebody has to find.
    /// </summary>
    private void ReportNotYaml(string text, YamlException e)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var rest = line.TrimStart(" \t");
            var tab = line[..^rest.Length].IndexOf('\t');
            if (++number >= e.Start.Line && tab >= 0 && rest.Length > 0)
            {
                _file.Error(number, tab + 1, "", "a tab stands in the indentation of this line; YAML is indented with spaces only");
                return;
            }
        }

        _file.Error((int)e.Start.Line, (int)e.Start.Column, "", $"this is not YAML: {FoundText.OfSentence(e.Message)}");
    }

    private void Advance()
    {
        if (!_parser.MoveNext())
        {
            var (line, column) = Position();
            throw new YamlLimitException("the file ends in the middle of a document", line, column);
        }
    }

    private (int Line, int Column) Position() => _parser.Current is { } current ? ((int)current.Start.Line, (int)current.Start.Column) : (0, 0);
}
