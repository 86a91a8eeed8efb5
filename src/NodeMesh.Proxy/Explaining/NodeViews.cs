using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Explaining;

/// <summary>
/// The mesh as other nodes see it under the same resources, compiled when asked for: what this node cannot know, such as the health that they see,
/// is as at their start. Lives for one question.
/// </summary>
internal sealed class NodeViews(MeshSnapshot here)
{
    private readonly Dictionary<string, MeshSnapshot> _views = new(StringComparer.Ordinal) { [here.NodeName] = here };

    public MeshSnapshot Of(string node)
    {
        if (!_views.TryGetValue(node, out var view))
        {
            view = SnapshotCompiler.Compile(here.Resources, node, previous: null, _ => null);
            _views.Add(node, view);
        }

        return view;
    }
}
