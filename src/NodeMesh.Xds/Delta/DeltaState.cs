using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Delta;

/// <summary>
/// Every resource of one type that a node has: the client's side of delta xDS, without I/O. Parts of a revision are gathered until it is whole. Used by
/// one stream at a time, on one thread at a time; survives streams, so that the next one begins where the last one ended.
/// </summary>
public sealed class DeltaState(string typeUrl)
{
    private readonly Dictionary<string, Resource> _resources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Resource?> _gathered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private UInt128 _digest;

    public string TypeUrl => typeUrl;

    /// <summary>The revision that the resources are; empty before the first.</summary>
    public string Version { get; private set; } = "";

    /// <summary>Of everything there is; empty where there is nothing.</summary>
    public string Digest => _resources.Count == 0 ? "" : SetDigest.Text(_digest);

    public IReadOnlyDictionary<string, Resource> Resources => _resources;

    /// <summary>The first request of a stream.</summary>
    /// <param name="byName">Says what there is by name and version, as any server understands it; else by a digest, which the controller may not remember.</param>
    public DeltaDiscoveryRequest Begin(string node, bool byName)
    {
        _gathered.Clear();
        if (!byName)
        {
            return Begin(typeUrl, node, Digest);
        }

        var request = Begin(typeUrl, node, "");
        foreach (var (name, resource) in _resources)
        {
            request.InitialResourceVersions.Add(name, resource.Version);
        }

        return request;
    }

    /// <summary>The first request of a stream, of a node that has what the digest tells.</summary>
    /// <param name="digest">As <see cref="Digest"/> is.</param>
    public static DeltaDiscoveryRequest Begin(string typeUrl, string node, string digest)
    {
        var request = new DeltaDiscoveryRequest { Node = new Node { Id = node }, TypeUrl = typeUrl };
        request.ResourceNamesSubscribe.Add("*");
        if (digest.Length > 0)
        {
            request.InitialResourceVersions.Add(SetDigest.Name, digest);
        }

        return request;
    }

    /// <summary>Takes a response in.</summary>
    /// <returns>True when a revision is whole, and <see cref="Resources"/> is it.</returns>
    public bool Receive(DeltaDiscoveryResponse response)
    {
        foreach (var name in response.RemovedResources)
        {
            _gathered[name] = null;
        }

        foreach (var resource in response.Resources)
        {
            _gathered[resource.Name] = resource;
        }

        if (response.SystemVersionInfo.Length == 0)
        {
            return false;
        }

        foreach (var (name, resource) in _gathered)
        {
            Put(name, resource);
        }

        _gathered.Clear();
        Version = response.SystemVersionInfo;
        return true;
    }

    /// <summary>The names of those that are others, or are gone, since this was asked last.</summary>
    public IReadOnlyCollection<string> TakeChanged()
    {
        string[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    /// <summary>All that is known, as one response; for keeping it over a restart.</summary>
    public DeltaDiscoveryResponse Save()
    {
        var response = new DeltaDiscoveryResponse { TypeUrl = typeUrl, SystemVersionInfo = Version };
        response.Resources.AddRange(_resources.Values);
        return response;
    }

    /// <summary>The request that answers a response.</summary>
    /// <param name="refusal">Why it is not used; null when it is.</param>
    public static DeltaDiscoveryRequest Answer(DeltaDiscoveryResponse response, string? refusal) => new()
    {
        TypeUrl = response.TypeUrl,
        ResponseNonce = response.Nonce,
        ErrorDetail = refusal is null ? null : new Status { Code = InvalidArgument, Message = refusal },
    };

    private void Put(string name, Resource? resource)
    {
        _changed.Add(name);
        if (_resources.Remove(name, out var before))
        {
            _digest -= SetDigest.Of(name, before.Version, before.Resource_.Value);
        }

        if (resource is not null)
        {
            _resources.Add(name, resource);
            _digest += SetDigest.Of(name, resource.Version, resource.Resource_.Value);
        }
    }

    // google.rpc.Code
    private const int InvalidArgument = 3;
}
