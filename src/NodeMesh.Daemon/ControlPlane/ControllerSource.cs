using NodeMesh.Daemon.Configuration;
using NodeMesh.Resources.Loading;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>What came from the controller last. Filled by one stream, read by any thread.</summary>
internal sealed class ControllerSource : IResourceSource
{
    private readonly Dictionary<string, ResourceFile> _known = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<ResourceFile>? _files;

    public string Name => "the controller";

    /// <summary>Takes over a whole revision: what has changed in it, so that the rest need not be read again.</summary>
    public void Fill(DeltaState state)
    {
        foreach (var name in state.TakeChanged())
        {
            if (state.Resources.TryGetValue(name, out var resource))
            {
                _known[name] = new ResourceFile(name, ResourceDocument.Parser.ParseFrom(resource.Resource_.Value).Yaml.Memory);
            }
            else
            {
                _known.Remove(name);
            }
        }

        _files = [.. _known.Values];
    }

    public IReadOnlyList<ResourceFile> Read() => _files ?? throw new IOException("nothing has come from it yet");
}
