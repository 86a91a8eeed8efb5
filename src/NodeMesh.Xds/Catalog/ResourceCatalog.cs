using NodeMesh.Xds.Delta;

namespace NodeMesh.Xds.Catalog;

/// <summary>
/// Every resource of one type, in the order of last change, so that what a node lacks is found in as many steps as have changed since it was told.
/// Removed resources are remembered for a while. Thread-safe; lives as long as the controller.
/// </summary>
public sealed class ResourceCatalog(string typeUrl)
{
    /// <summary>Removed resources that are remembered; a node that missed more is told to begin anew.</summary>
    private const int MaxRemoved = 10_000;

    /// <summary>Revisions whose digest is remembered; a node that comes back with an older one says by name what it has.</summary>
    private const int MaxDigests = 1_000;

    /// <summary>Superseded places in the log that are not worth the work of taking them out.</summary>
    private const int LeastSuperseded = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Place> _byName = new(StringComparer.Ordinal);
    private readonly List<Place> _log = [];
    private readonly Queue<Place> _removed = new();
    private readonly Dictionary<UInt128, long> _sequences = [];
    private readonly Queue<(UInt128 Digest, long Sequence)> _digests = new();
    private TaskCompletionSource _changed = NewSignal();
    private UInt128 _digest;
    private long _sequence;
    private long _forgotten;
    private long _version;
    private int _superseded;

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

    /// <summary>The place of the last change.</summary>
    public long Sequence
    {
        get
        {
            lock (_gate)
            {
                return _sequence;
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
                Put(new CatalogEntry(typeUrl, change.Name, version, change.Value, ++_sequence));
            }

            _version = version;
            Forget();
            Remember();
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>
    /// What follows a place in the order of changes, oldest first; null when that is so far back that removed resources were forgotten.
    /// </summary>
    /// <param name="sequence">The last change that is known.</param>
    /// <param name="began">What was removed before this place is of no interest, since nothing was known then.</param>
    /// <param name="maxBytes">At least one entry is given, and no further one once there are so many bytes.</param>
    public CatalogReading? Read(long sequence, long began, int maxBytes)
    {
        lock (_gate)
        {
            if (Math.Max(sequence, began) < _forgotten)
            {
                return null;
            }

            var entries = new List<CatalogEntry>();
            var bytes = 0;
            var next = IndexBehind(sequence);
            for (; next < _log.Count && bytes < maxBytes; next++)
            {
                var place = _log[next];
                if (!place.IsSuperseded && (!place.Entry.IsRemoved || place.Entry.Sequence > began))
                {
                    entries.Add(place.Entry);
                    bytes += place.Entry.Encoded.Length;
                }
            }

            var isWhole = next == _log.Count;
            return new CatalogReading(entries, isWhole ? _sequence : _log[next - 1].Entry.Sequence, isWhole, _version, _changed.Task);
        }
    }

    /// <summary>The place of a revision by the digest of what there was then; null when that is not remembered.</summary>
    /// <param name="digest">As <see cref="DeltaState"/> tells it.</param>
    public long? Find(string digest)
    {
        lock (_gate)
        {
            return UInt128.TryParse(digest, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value)
                && _sequences.TryGetValue(value, out var sequence)
                    ? sequence
                    : null;
        }
    }

    /// <summary>What differs from what a node has from before: each resource of another version, and a removal for each that there is not.</summary>
    /// <param name="known">Versions by name, as the node remembers them.</param>
    public CatalogReading Against(IReadOnlyDictionary<string, string> known)
    {
        lock (_gate)
        {
            var entries = _log.Where(place => place is { IsSuperseded: false, Entry.IsRemoved: false } && !Has(known, place.Entry)).Select(place => place.Entry).ToList();
            var gone = known.Keys.Where(name => !_byName.TryGetValue(name, out var place) || place.Entry.IsRemoved);
            entries.AddRange(gone.Select(name => new CatalogEntry(typeUrl, name, _version, null, _sequence)));
            return new CatalogReading(entries, _sequence, true, _version, _changed.Task);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static bool Has(IReadOnlyDictionary<string, string> known, CatalogEntry entry) =>
        known.TryGetValue(entry.Name, out var version)
        && string.Equals(version, entry.Version, StringComparison.Ordinal);

    private void Put(CatalogEntry entry)
    {
        if (_byName.TryGetValue(entry.Name, out var before))
        {
            Supersede(before);
        }

        var place = new Place(entry);
        _byName[entry.Name] = place;
        _log.Add(place);
        _digest += entry.Digest;
        if (entry.IsRemoved)
        {
            _removed.Enqueue(place);
        }

        // Half of the log is worth reading, at least.
        if (_superseded > _byName.Count + LeastSuperseded)
        {
            _log.RemoveAll(old => old.IsSuperseded);
            _superseded = 0;
        }
    }

    private void Supersede(Place place)
    {
        place.IsSuperseded = true;
        _superseded++;
        _digest -= place.Entry.Digest;
    }

    private void Forget()
    {
        while (_removed.Count > MaxRemoved)
        {
            var place = _removed.Dequeue();
            if (!place.IsSuperseded)
            {
                _forgotten = place.Entry.Sequence;
                Supersede(place);
                _byName.Remove(place.Entry.Name);
            }
        }
    }

    private void Remember()
    {
        _sequences[_digest] = _sequence;
        _digests.Enqueue((_digest, _sequence));
        if (_digests.Count > MaxDigests)
        {
            var (digest, sequence) = _digests.Dequeue();

            // The same may have come again since.
            if (_sequences.GetValueOrDefault(digest) == sequence)
            {
                _sequences.Remove(digest);
            }
        }
    }

    /// <summary>The first place in the log behind one in the order of changes.</summary>
    private int IndexBehind(long sequence)
    {
        var (low, high) = (0, _log.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_log[middle].Entry.Sequence <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>An entry in the log, and whether a later one has taken its place.</summary>
    private sealed class Place(CatalogEntry entry)
    {
        public CatalogEntry Entry => entry;

        public bool IsSuperseded { get; set; }
    }
}
