using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>The virtual addresses of every service. Immutable, safe on any thread.</summary>
public sealed class VipTable
{
    private static readonly ServiceVips None = new(null, null);

    private readonly Dictionary<ResourceKey, ServiceVips> _byService;

    internal VipTable(Dictionary<ResourceKey, ServiceVips> byService)
    {
        _byService = byService;
    }

    /// <summary>Every address that a service has.</summary>
    public IEnumerable<IPAddress> Addresses => _byService.Values.SelectMany(vips => vips.Addresses);

    public ServiceVips Of(Service service) => _byService.GetValueOrDefault(service.Key, None);
}
