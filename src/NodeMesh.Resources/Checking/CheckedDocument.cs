using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Checking;

/// <summary>A document being checked against the others: what is found out points at its line. Lives for one check.</summary>
internal readonly struct CheckedDocument(MeshDocument document, DocumentLines lines, IssueCollector issues)
{
    public void Error(string path, string message) => lines.Of(document, issues).Error(path, message);

    public void Warning(string path, string message) => lines.Of(document, issues).Warning(path, message);
}
