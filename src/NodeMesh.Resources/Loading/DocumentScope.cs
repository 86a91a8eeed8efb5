using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Loading;

/// <summary>The document being read: knows file and resource, so that whoever reports an issue need not.</summary>
internal sealed class DocumentScope(string file, IssueCollector issues)
{
    public string File => file;

    /// <summary>Set once kind and metadata are read.</summary>
    public ResourceKey? Resource { get; set; }

    /// <summary>How many errors were reported so far in the whole load; unchanged across a step means that the step went well.</summary>
    public int Errors => issues.Errors;

    public void Error(YamlNode at, string path, string message) => Error(at.Line, at.Column, path, message);

    public void Error(int line, int column, string path, string message) => Report(IssueSeverity.Error, line, column, path, message);

    public void Warning(YamlNode at, string path, string message) => Report(IssueSeverity.Warning, at.Line, at.Column, path, message);

    private void Report(IssueSeverity severity, int line, int column, string path, string message) => issues.Add(new ResourceIssue
    {
        Severity = severity,
        Location = new SourceLocation(file, line, column),
        Resource = Resource,
        FieldPath = path,
        Message = message,
    });
}
