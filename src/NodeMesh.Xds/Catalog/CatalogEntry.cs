using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Catalog;

/// <summary>A resource as it is distributed, or the note that there is none any more. Immutable.</summary>
public sealed class CatalogEntry
{
    /// <param name="name">Unique in its catalog.</param>
    /// <param name="version">The revision that made it so.</param>
    /// <param name="value">The message in its encoding; null when the resource was removed.</param>
    /// <param name="sequence">Its place in the order of changes.</param>
    public CatalogEntry(string typeUrl, string name, long version, ByteString? value, long sequence)
    {
        (Name, Sequence, IsRemoved) = (name, sequence, value is null);
        Version = value is null ? "" : DeltaVersion.Of(version, value);
        var response = new DeltaDiscoveryResponse();
        if (value is null)
        {
            response.RemovedResources.Add(name);
        }
        else
        {
            response.Resources.Add(new Resource { Name = name, Version = Version, Resource_ = new Any { TypeUrl = typeUrl, Value = value } });
            Digest = SetDigest.Of(name, Version, value);
        }

        Encoded = response.ToByteArray();
    }

    public string Name { get; }

    /// <summary>As nodes remember it; empty when the resource was removed.</summary>
    public string Version { get; }

    public bool IsRemoved { get; }

    public long Sequence { get; }

    /// <summary>
    /// A response with this entry alone, in its encoding, made once and sent to everyone. Messages of protocol buffers that stand one behind the other
    /// are one message with all of their fields, so a response is put together of these.
    /// </summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>What it adds to the digest of the set; 0 when it was removed.</summary>
    internal UInt128 Digest { get; }
}
