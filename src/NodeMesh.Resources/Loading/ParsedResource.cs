using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Loading;

/// <summary>A resource together with its document, so that what is found out later still points at the line.</summary>
internal sealed record ParsedResource(Resource Resource, FieldScope Document)
{
    public SourceLocation Location => new(Document.Document.File, Document.Node.Line, Document.Node.Column);
}
