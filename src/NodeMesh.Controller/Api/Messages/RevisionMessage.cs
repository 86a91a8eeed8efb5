using NodeMesh.Controller.Store;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>A revision in a list.</summary>
internal sealed record RevisionMessage(long Number, DateTimeOffset At, string Author, string Reason, int Changes)
{
    public static RevisionMessage Of(Revision revision) => new(revision.Number, revision.At, revision.Author, revision.Reason, revision.Changes);
}
