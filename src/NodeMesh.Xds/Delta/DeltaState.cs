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

    public string TypeUrl => typeUrl;

    /// <summary>The revision that the resources are; empty before the first.</summary>
    public string Version { get; private set; } = "";

    public IReadOnlyDictionary<string, Resource> Resources => _resources;

    /// <summary>The first request of a stream.</summary>
    public DeltaDiscoveryRequest Begin(string node)
    {
        _gathered.Clear();
        var request = new DeltaDiscoveryRequest { Node = new Node { Id = node }, TypeUrl = typeUrl };
        foreach (var (name, resource) in _resources)
        {
            request.InitialResourceVersions.Add(name, resource.Version);
        }

        request.ResourceNamesSubscribe.Add("*");
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
            if (resource is null)
            {
                _resources.Remove(name);
            }
            else
            {
                _resources[name] = resource;
            }
        }

        _gathered.Clear();
        Version = response.SystemVersionInfo;
        return true;
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

    // google.rpc.Code
    private const int InvalidArgument = 3;
}
