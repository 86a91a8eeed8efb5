using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Configuration;

/// <summary>The files of a directory.</summary>
internal sealed class DirectorySource(string path) : IResourceSource
{
    public string Name => path;

    public IReadOnlyList<ResourceFile> Read() => ResourceDirectory.ReadFiles(path);
}
