using System.Net;
using System.Net.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// The virtual addresses of one compilation: those the operator gave, those from before, and new ones for who has none yet, one in each
/// family that the mesh has a range for.
/// </summary>
internal sealed class VipAllocation
{
    private readonly Dictionary<AddressFamily, VipAllocator> _allocators = [];
    private readonly Dictionary<ResourceKey, List<IPAddress>> _kept = [];
    private readonly List<string> _warnings;

    internal VipAllocation(ResourceSet resources, IReadOnlyDictionary<ResourceKey, IReadOnlyList<IPAddress>>? previous, List<string> warnings)
    {
        _warnings = warnings;
        foreach (var range in resources.Mesh.VipRanges)
        {
            _allocators.TryAdd(range.BaseAddress.AddressFamily, new VipAllocator(range));
        }

        foreach (var given in resources.Services.AsEnumerable().SelectMany(service => service.Vips.AsEnumerable()))
        {
            _allocators.GetValueOrDefault(given.AddressFamily)?.Reserve(given);
        }

        foreach (var (key, addresses) in previous ?? new Dictionary<ResourceKey, IReadOnlyList<IPAddress>>())
        {
            if (resources.TryGet(key, out _))
            {
                Keep(key, addresses);
            }
        }
    }

    internal IReadOnlyList<IPAddress> AddressesOf(Service service) => [.. service.Vips.AsEnumerable(), .. Allocate(service, service.Vips)];

    /// <summary>An outside service gets virtual addresses only if it is known by name alone, and its endpoints can be found.</summary>
    internal IReadOnlyList<IPAddress> AddressesOf(ServiceEntry entry) =>
        entry.Addresses.IsEmpty && entry.Resolution != ServiceEntryResolution.None ? [.. Allocate(entry, [])] : [];

    private void Keep(ResourceKey key, IReadOnlyList<IPAddress> addresses)
    {
        foreach (var address in addresses)
        {
            if (_allocators.TryGetValue(address.AddressFamily, out var allocator) && allocator.Contains(address) && allocator.Reserve(address))
            {
                _kept.TryAdd(key, []);
                _kept[key].Add(address);
            }
        }
    }

    private IEnumerable<IPAddress> Allocate(Resource resource, ValueList<IPAddress> given)
    {
        foreach (var (family, allocator) in _allocators)
        {
            if (given.AsEnumerable().Any(address => address.AddressFamily == family))
            {
                continue;
            }

            var kept = _kept.GetValueOrDefault(resource.Key)?.Find(address => address.AddressFamily == family);
            if ((kept ?? allocator.Allocate(resource.Key.ToString())) is { } address)
            {
                yield return address;
            }
            else
            {
                _warnings.Add($"{resource.Key}: the mesh's range of virtual addresses is full, so it gets none");
            }
        }
    }
}
