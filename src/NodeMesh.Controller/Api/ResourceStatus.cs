using System.Globalization;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Api;

/// <summary>How resources stand: whether they are in force, lead where they say, and are on the nodes. Made for one answer, and immutable.</summary>
internal sealed class ResourceStatus
{
    private readonly MeshView _view;
    private readonly ProgrammedView _programmed;
    private readonly DateTimeOffset _began;
    private readonly NodeSession[] _refusing;

    public ResourceStatus(MeshView view, NodeSessions sessions)
    {
        _view = view;
        _programmed = sessions.Programmed();
        _began = sessions.Began;
        _refusing = [.. sessions.All.Where(session => session.Refusal is not null).OrderBy(session => session.Node, StringComparer.Ordinal)];
    }

    public ResourceStatusMessage Of(ResourceKey key)
    {
        var stored = _view.Stored[key];
        return new ResourceStatusMessage(
        [
            new ConditionMessage(
                "Accepted", "True", "Accepted", string.Create(CultureInfo.InvariantCulture, $"it is in force since revision {stored.Revision}"), stored.Revision, stored.At),
            ResolvedRefs(stored),
            Programmed(stored),
        ]);
    }

    private ConditionMessage ResolvedRefs(StoredResource stored)
    {
        var since = _view.RefsSince.GetValueOrDefault(stored.Key, stored.At);
        return _view.Mesh.DoubtsOf(stored.Key) is { IsEmpty: false } doubts
            ? new ConditionMessage(
                "ResolvedRefs", "False", "RefNotResolved", string.Join("; ", doubts.AsEnumerable().Select(doubt => $"{doubt.FieldPath}: {doubt.Message}")), stored.Revision, since)
            : new ConditionMessage("ResolvedRefs", "True", "ResolvedRefs", "everything that it names exists", stored.Revision, since);
    }

    /// <summary>Every node gets every resource: traffic may go from any of them to anywhere.</summary>
    private ConditionMessage Programmed(StoredResource stored)
    {
        var revision = stored.Revision;

        // Before the controller began there may have been nodes, of which nothing is known.
        var found = _programmed.Since(revision) ?? _began;
        var since = found > stored.At ? found : stored.At;
        if (_programmed.Nodes == 0)
        {
            return new ConditionMessage("Programmed", "False", "NoNodes", "no node is connected", revision, since);
        }

        var have = _programmed.CountOf(revision);
        var count = string.Create(CultureInfo.InvariantCulture, $"{have} of {_programmed.Nodes} connected nodes have it");
        return have == _programmed.Nodes
            ? new ConditionMessage("Programmed", "True", "Programmed", count, revision, since)
            : Array.Find(_refusing, session => session.Acknowledged < revision) is { } refusing
                ? new ConditionMessage("Programmed", "False", "Refused", $"{count}; {refusing.Node} refuses it: {refusing.Refusal}", revision, since)
                : new ConditionMessage("Programmed", "False", "Pending", count, revision, since);
    }
}
