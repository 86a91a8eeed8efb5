namespace NodeMesh.Xds.Catalog;

/// <summary>
/// Every resource of one type, in the order of last change, so that what a node lacks is found in as many steps as have changed since it was told.
/// Removed resources are remembered for a while. Thread-safe; lives as long as the controller.
/// </summary>
public sealed class ResourceCatalog(string typeUrl)
{
    /// <summary>Removed resources that are remembered; a node that missed more is told to begin anew.</summary>
    private const int MaxRemoved = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<CatalogEntry>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<CatalogEntry> _byChange = new();
    private readonly Queue<CatalogEntry> _removed = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _sequence;
    private long _forgotten;
    private long _version;

    public string TypeUrl => typeUrl;

    /// <summary>The revision of the last change.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    /// <summary>Ends with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Puts all changes of a revision in force at once.</summary>
    public void Apply(long version, IEnumerable<CatalogChange> changes)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            foreach (var change in changes)
            {
                Put(new CatalogEntry(change.Name, version, change.Value, ++_sequence));
            }

            _version = version;
            Forget();
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>
    /// What has changed behind a place in the order of changes, oldest first; null when that is so far back that removed resources were forgotten.
    /// </summary>
    /// <param name="sequence">The last change that is known.</param>
    public CatalogReading? Since(long sequence)
    {
        lock (_gate)
        {
            if (sequence < _forgotten)
            {
                return null;
            }

            var entries = new List<CatalogEntry>();
            for (var node = _byChange.Last; node is not null && node.Value.Sequence > sequence; node = node.Previous)
            {
                entries.Add(node.Value);
            }

            entries.Reverse();
            return new CatalogReading(entries, _sequence, _version, _changed.Task);
        }
    }

    /// <summary>What differs from what a node has from before: each resource of another version, and a removal for each that there is not.</summary>
    /// <param name="known">Versions by name, as the node remembers them.</param>
    public CatalogReading Against(IReadOnlyDictionary<string, string> known)
    {
        lock (_gate)
        {
            var entries = _byChange.Where(entry => entry.Value is not null && !Has(known, entry)).ToList();
            var gone = known.Keys.Where(name => !_byName.TryGetValue(name, out var node) || node.Value.Value is null);
            entries.AddRange(gone.Select(name => new CatalogEntry(name, _version, null, _sequence)));
            return new CatalogReading(entries, _sequence, _version, _changed.Task);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static bool Has(IReadOnlyDictionary<string, string> known, CatalogEntry entry) =>
        known.TryGetValue(entry.Name, out var version)
        && string.Equals(version, DeltaVersion.Of(entry.Version), StringComparison.Ordinal);

    private void Put(CatalogEntry entry)
    {
        if (_byName.TryGetValue(entry.Name, out var node))
        {
            _byChange.Remove(node);
            node.Value = entry;
        }
        else
        {
            node = new LinkedListNode<CatalogEntry>(entry);
            _byName.Add(entry.Name, node);
        }

        _byChange.AddLast(node);
        if (entry.Value is null)
        {
            _removed.Enqueue(entry);
        }
    }

    private void Forget()
    {
        while (_removed.Count > MaxRemoved)
        {
            var entry = _removed.Dequeue();
            _forgotten = entry.Sequence;
            if (_byName.TryGetValue(entry.Name, out var node) && ReferenceEquals(node.Value, entry))
            {
                _byChange.Remove(node);
                _byName.Remove(entry.Name);
            }
        }
    }
}
