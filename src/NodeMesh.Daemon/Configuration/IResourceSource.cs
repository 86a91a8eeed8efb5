using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Configuration;

/// <summary>Where the resources of the mesh are. Thread-safe.</summary>
internal interface IResourceSource
{
    /// <summary>As operators know it.</summary>
    string Name { get; }

    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be read.</exception>
    IReadOnlyList<ResourceFile> Read();
}
