using System.Globalization;
using NodeMesh.Controller.Api.Messages;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Registry;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Api;

/// <summary>How resources stand: whether they are in force, lead where they say, and are on the nodes. Made for one answer, and immutable.</summary>
internal sealed class ResourceStatus
{
    private readonly MeshView _view;
    private readonly long[] _acknowledged;
    private readonly NodeSession[] _refusing;

    public ResourceStatus(MeshView view, NodeSessions sessions)
    {
        _view = view;
        NodeSession[] connected = [.. sessions.All];
        _acknowledged = [.. connected.Select(session => session.Acknowledged).Order()];
        _refusing = [.. connected.Where(session => session.Refusal is not null).OrderBy(session => session.Node, StringComparer.Ordinal)];
    }

    public ResourceStatusMessage Of(ResourceKey key)
    {
        var revision = _view.Stored[key].Revision;
        return new ResourceStatusMessage(
        [
            new ConditionMessage("Accepted", "True", "Accepted", string.Create(CultureInfo.InvariantCulture, $"it is in force since revision {revision}"), revision),
            ResolvedRefs(key, revision),
            Programmed(revision),
        ]);
    }

    private ConditionMessage ResolvedRefs(ResourceKey key, long revision) => _view.Mesh.DoubtsOf(key) is { IsEmpty: false } doubts
        ? new ConditionMessage("ResolvedRefs", "False", "RefNotResolved", string.Join("; ", doubts.AsEnumerable().Select(doubt => $"{doubt.FieldPath}: {doubt.Message}")), revision)
        : new ConditionMessage("ResolvedRefs", "True", "ResolvedRefs", "everything that it names exists", revision);

    /// <summary>Every node gets every resource: traffic may go from any of them to anywhere.</summary>
    private ConditionMessage Programmed(long revision)
    {
        if (_acknowledged.Length == 0)
        {
            return new ConditionMessage("Programmed", "False", "NoNodes", "no node is connected", revision);
        }

        var have = _acknowledged.Length - FirstFrom(revision);
        var count = string.Create(CultureInfo.InvariantCulture, $"{have} of {_acknowledged.Length} connected nodes have it");
        return Array.Find(_refusing, session => session.Acknowledged < revision) is { } refusing
            ? new ConditionMessage("Programmed", "False", "Refused", $"{count}; {refusing.Node} refuses it: {refusing.Refusal}", revision)
            : have < _acknowledged.Length
                ? new ConditionMessage("Programmed", "False", "Pending", count, revision)
                : new ConditionMessage("Programmed", "True", "Programmed", count, revision);
    }

    /// <summary>How many have less: a list asks it for every resource of the mesh, so it is looked up and not counted.</summary>
    private int FirstFrom(long revision)
    {
        var (low, high) = (0, _acknowledged.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _acknowledged[middle] < revision ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
