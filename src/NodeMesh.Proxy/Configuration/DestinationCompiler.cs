using System.Collections.Frozen;
using System.Collections.Immutable;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Makes <see cref="Destinations"/>: of all resources, or of those before and what changed, where that can be said of the changed ones alone. Both ways do
/// the same with each resource; they differ in which ones. Lives for one compilation, on one thread.
/// </summary>
internal sealed partial class DestinationCompiler
{
    private readonly ResourceSet _resources;
    private readonly string _nodeName;
    private readonly Destinations _before;
    private readonly ImmutableDictionary<IpEndpoint, Endpoint> _known;
    private readonly bool _isWhole;
    private readonly PeerAuthenticationResolver _authentication;
    private readonly List<string> _contests = [];
    private readonly List<string> _warnings = [];

    private readonly ImmutableSortedDictionary<ResourceKey, CompiledResource>.Builder _services;
    private readonly ImmutableSortedDictionary<ResourceKey, CompiledResource>.Builder _entries;
    private readonly ImmutableSortedDictionary<ResourceKey, CompiledResource>.Builder _workloads;
    private readonly ImmutableDictionary<IpEndpoint, Endpoint>.Builder _endpoints;
    private readonly ImmutableDictionary<IpEndpoint, ImmutableSortedSet<ResourceKey>>.Builder _users;
    private readonly ImmutableDictionary<IpEndpoint, MeshServicePort>.Builder _byAddress;
    private readonly ImmutableDictionary<(SpiffeId? Identity, IpEndpoint Address), int>.Builder _dialled;
    private readonly ImmutableSortedSet<ResourceKey>.Builder _doubtful;
    private readonly HashSet<IpEndpoint> _touched = [];

    private WorkloadAddresses? _addresses;
    private OutsideVips _outsideVips;
    private bool _isContested;
    private bool _hasSameNames = true;
    private bool _hasSameRanges = true;

    /// <param name="from">What it begins with: nothing, or what there was.</param>
    /// <param name="known">The endpoints there were.</param>
    private DestinationCompiler(ResourceSet resources, string nodeName, Destinations from, ImmutableDictionary<IpEndpoint, Endpoint> known, bool isWhole)
    {
        _resources = resources;
        _nodeName = nodeName;
        _before = from;
        _known = known;
        _isWhole = isWhole;
        _authentication = new PeerAuthenticationResolver(resources.PeerAuthentications);
        _services = from.Services.ToBuilder();
        _entries = from.Entries.ToBuilder();
        _workloads = from.Workloads.ToBuilder();
        _endpoints = from.Endpoints.ToBuilder();
        _users = from.Users.ToBuilder();
        _byAddress = from.ByAddress.ToBuilder();
        _dialled = from.Dialled.ToBuilder();
        _doubtful = from.Doubtful.ToBuilder();
        _outsideVips = from.OutsideVips;
    }

    /// <param name="before">Those of the same node that are in force; endpoints that did not change are taken over, with their state.</param>
    public static Destinations Compile(ResourceSet resources, string nodeName, Destinations? before)
    {
        if (before is { IsContested: false } && resources.ChangedSince(before.Resources) is { } changed && !changed.Any(ConcernsAll))
        {
            var step = new DestinationCompiler(resources, nodeName, before, before.Endpoints, isWhole: false);
            if (step.Run(step.FindConcerned(changed)))
            {
                return step.Result();
            }
        }

        var whole = new DestinationCompiler(
            resources, nodeName, new Destinations { Resources = resources }, before?.Endpoints ?? ImmutableDictionary<IpEndpoint, Endpoint>.Empty, isWhole: true);
        whole.Run(whole.All());
        return whole.Result();
    }

    private bool Run(ConcernedResources concerned)
    {
        foreach (var key in concerned.Keys)
        {
            Remove(key);
        }

        _addresses = new WorkloadAddresses(_resources, concerned.Workloads, _contests);
        if (_addresses.IsContested && !CanContest())
        {
            return false;
        }

        MakeWorkloadEndpoints(concerned.Workloads);
        if (!CompileServices(concerned.Services) || !CompileServiceEntries(concerned.Entries) || !CompileRealAddresses(concerned.Workloads))
        {
            return false;
        }

        Imply();
        return true;
    }

    private Destinations Result()
    {
        var services = _services.ToImmutable();
        var entries = _entries.ToImmutable();
        var hasSameVips = !_isWhole && ReferenceEquals(_resources.Vips, _before.Resources.Vips);
        return new Destinations
        {
            Resources = _resources,
            Services = services,
            Entries = entries,
            Workloads = _workloads.ToImmutable(),
            Endpoints = _endpoints.ToImmutable(),
            Users = _users.ToImmutable(),
            ByAddress = _byAddress.ToImmutable(),
            Dialled = _dialled.ToImmutable(),
            Doubtful = _doubtful.ToImmutable(),
            Contests = [.. _contests],
            IsContested = _isContested,
            Ranges = _hasSameRanges ? _before.Ranges : new AddressRanges(entries.Values.SelectMany(entry => entry.Ranges)),
            OutsideVips = _outsideVips,
            GivenVips = hasSameVips ? _before.GivenVips : FindGivenVips(),
            Names = _hasSameNames ? _before.Names : [.. services.Values.Concat(entries.Values).SelectMany(resource => resource.Names)],
        };
    }

    private FrozenSet<UInt128> FindGivenVips() => _resources.Vips.Addresses.Select(vip => IpEndpoint.From(vip, 0))
        .Where(vip => !_resources.Mesh.VipRanges.AsEnumerable().Any(range => AddressRanges.Contains(range, vip)))
        .Select(vip => vip.Address)
        .ToFrozenSet();

    private void Store(ImmutableSortedDictionary<ResourceKey, CompiledResource>.Builder resources, Resource resource, CompiledResource compiled)
    {
        var key = resource.Key;
        if (_warnings.Count > 0)
        {
            compiled = compiled with { Warnings = [.. _warnings] };
            _doubtful.Add(key);
            _warnings.Clear();
        }

        resources.Add(key, compiled);
        var before = _before.Find(key) ?? CompiledResource.Nothing;
        _hasSameNames &= compiled.HasSameNames(before);
        _hasSameRanges &= compiled.Ranges.Count == 0 && before.Ranges.Count == 0;
        foreach (var endpoint in compiled.Endpoints)
        {
            var address = endpoint.Address with { ScopeId = 0 };
            _touched.Add(address);
            _users[address] = _users.TryGetValue(address, out var users) ? users.Add(key) : ImmutableSortedSet.Create(ResourceKey.Order, key);
        }
    }

    /// <summary>Takes a resource out, with all that it alone brought in.</summary>
    private void Remove(ResourceKey key)
    {
        if (_before.Find(key) is not { } compiled)
        {
            return;
        }

        _services.Remove(key);
        _entries.Remove(key);
        _doubtful.Remove(key);
        _hasSameNames &= compiled.Names.Count == 0 || _resources.Find(key) is not null;
        _hasSameRanges &= compiled.Ranges.Count == 0;
        foreach (var (address, port) in compiled.Addresses)
        {
            if (ReferenceEquals(_byAddress.GetValueOrDefault(address), port))
            {
                _byAddress.Remove(address);
            }

            _touched.Add(address);
        }

        foreach (var endpoint in compiled.Endpoints)
        {
            RemoveUser(endpoint, key);
        }

        if (_workloads.Remove(key))
        {
            foreach (var endpoint in compiled.Addresses.SelectMany(address => address.Port.Endpoints.ToArray()))
            {
                Forget(endpoint);
            }
        }
    }

    private void RemoveUser(Endpoint endpoint, ResourceKey key)
    {
        var address = endpoint.Address with { ScopeId = 0 };
        _touched.Add(address);
        if (!_users.TryGetValue(address, out var users))
        {
            return;
        }

        users = users.Remove(key);
        if (users.Count > 0)
        {
            _users[address] = users;
            return;
        }

        _users.Remove(address);
        if (endpoint.WorkloadName is null)
        {
            Forget(endpoint);
        }
    }

    private void Forget(Endpoint endpoint)
    {
        if (_endpoints.Remove(endpoint.Address))
        {
            CountDials(endpoint, -1);
        }
    }

    /// <summary>One object for each address, the one there was if it says the same.</summary>
    private Endpoint Keep(Endpoint made)
    {
        // A static endpoint that names a workload's address is that workload.
        if (_endpoints.TryGetValue(made.Address, out var known))
        {
            return known;
        }

        var kept = _known.TryGetValue(made.Address, out var old) && old.IsSameAs(made) ? old : made;
        _endpoints.Add(kept.Address, kept);
        _isContested |= kept.Address.ScopeId != 0;
        CountDials(kept, 1);
        return kept;
    }

    private EndpointState StateOf(IpEndpoint address) => _known.TryGetValue(address, out var old) ? old.State : new EndpointState();

    private void CountDials(Endpoint endpoint, int count)
    {
        CountDial((null, endpoint.Address), count);
        CountDial((null, endpoint.DialAddress), count);
        foreach (var alternate in endpoint.Alternates)
        {
            CountDial((null, alternate), count);
        }

        if (endpoint.IsMesh)
        {
            CountDial((endpoint.Identity, endpoint.DialAddress), count);
        }
    }

    private void CountDial((SpiffeId? Identity, IpEndpoint Address) dialled, int count)
    {
        count += _dialled.GetValueOrDefault(dialled);
        if (count == 0)
        {
            _dialled.Remove(dialled);
        }
        else
        {
            _dialled[dialled] = count;
        }
    }

    /// <summary>Makes a resource's ports known under its addresses. Two that want the same are both refused: guessing could send traffic to the wrong one.</summary>
    private bool AddAddresses(IEnumerable<(IpEndpoint Address, MeshServicePort Port)> addresses)
    {
        foreach (var (address, port) in addresses)
        {
            if (!_byAddress.TryGetValue(address, out var other) || other.IsImplied)
            {
                _byAddress[address] = port;
                _touched.Add(address);
                continue;
            }

            if (!CanContest())
            {
                return false;
            }

            _byAddress[address] = new MeshServicePort(other.Service, other.Port, other.Protocol, []);
            _contests.Add($"{address} belongs to both {other.Service} and {port.Service}; connections to it are refused");
        }

        return true;
    }

    /// <summary>The address of an endpoint that nothing else is known by leads to that endpoint alone, under the first service that has it.</summary>
    private void Imply()
    {
        foreach (var address in _touched)
        {
            if (_byAddress.TryGetValue(address, out var known) && !known.IsImplied)
            {
                continue;
            }

            if (_users.TryGetValue(address, out var users))
            {
                _byAddress[address] = Implied(Found(users[0]).Ports, address);
            }
            else
            {
                _byAddress.Remove(address);
            }
        }
    }

    private static MeshServicePort Implied(IReadOnlyList<MeshServicePort> ports, IpEndpoint address)
    {
        foreach (var port in ports)
        {
            foreach (var endpoint in port.Endpoints)
            {
                if ((endpoint.Address with { ScopeId = 0 }) == address)
                {
                    return new MeshServicePort(port.Service, address.Port, port.Protocol, [endpoint]) { IsImplied = true };
                }
            }
        }

        throw new InvalidOperationException($"no endpoint of its service is at {address}");
    }

    private CompiledResource Found(ResourceKey key) => _services.TryGetValue(key, out var service) ? service : _entries[key];

    /// <summary>Notes that addresses are contested; false when that can only be said of all resources together, and these are not all.</summary>
    private bool CanContest()
    {
        _isContested = true;
        return _isWhole;
    }

    private void Warn(Resource resource, string what) => _warnings.Add($"{resource.Key}: {what}");

    private static bool ConcernsAll(ResourceKey key) => key.Kind is "MeshConfig" or "Node" or "PeerAuthentication";
}
