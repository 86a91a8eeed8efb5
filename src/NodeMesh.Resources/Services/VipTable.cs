using System.Collections.Frozen;
using System.Net;

namespace NodeMesh.Resources.Services;

/// <summary>The virtual addresses of every service, both ways. Immutable, safe on any thread.</summary>
public sealed class VipTable
{
    private static readonly ServiceVips None = new(null, null);

    private readonly FrozenDictionary<ResourceKey, ServiceVips> _byService;
    private readonly FrozenDictionary<IPAddress, ResourceKey> _byAddress;

    internal VipTable(Dictionary<ResourceKey, ServiceVips> byService)
    {
        _byService = byService.ToFrozenDictionary();
        var byAddress = new Dictionary<IPAddress, ResourceKey>();
        foreach (var (service, vips) in byService)
        {
            foreach (var address in (ReadOnlySpan<IPAddress?>)[vips.IPv4, vips.IPv6])
            {
                if (address is not null)
                {
                    byAddress.TryAdd(address, service);
                }
            }
        }

        _byAddress = byAddress.ToFrozenDictionary();
    }

    public ServiceVips Of(Service service) => _byService.GetValueOrDefault(service.Key, None);

    /// <summary>The service that owns the address.</summary>
    public bool TryFind(IPAddress address, out ResourceKey service) => _byAddress.TryGetValue(address, out service);
}
