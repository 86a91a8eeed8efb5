using NodeMesh.Resources;

namespace NodeMesh.Controller.Store;

/// <summary>A resource as it is kept.</summary>
/// <param name="Revision">The revision that made it so; its version for optimistic concurrency.</param>
/// <param name="At">When that was made.</param>
/// <param name="Yaml">One document, in UTF-8.</param>
internal sealed record StoredResource(ResourceKey Key, long Revision, DateTimeOffset At, ReadOnlyMemory<byte> Yaml);
