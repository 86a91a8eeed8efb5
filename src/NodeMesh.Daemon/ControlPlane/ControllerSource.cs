using NodeMesh.Daemon.Configuration;
using NodeMesh.Resources.Loading;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>What came from the controller last. Filled by one stream, read by any thread.</summary>
internal sealed class ControllerSource : IResourceSource
{
    private readonly Dictionary<string, (string Version, ResourceFile File)> _known = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<ResourceFile>? _files;

    public string Name => "the controller";

    /// <summary>Takes over a whole revision. What has not changed is not copied again.</summary>
    public void Fill(DeltaState state)
    {
        foreach (var gone in _known.Keys.Where(name => !state.Resources.ContainsKey(name)).ToArray())
        {
            _known.Remove(gone);
        }

        foreach (var (name, resource) in state.Resources)
        {
            if (!_known.TryGetValue(name, out var known) || !string.Equals(known.Version, resource.Version, StringComparison.Ordinal))
            {
                _known[name] = (resource.Version, new ResourceFile(name, ResourceDocument.Parser.ParseFrom(resource.Resource_.Value).Yaml.Memory));
            }
        }

        _files = [.. _known.Values.Select(known => known.File)];
    }

    public IReadOnlyList<ResourceFile> Read() => _files ?? throw new IOException("nothing has come from it yet");
}
