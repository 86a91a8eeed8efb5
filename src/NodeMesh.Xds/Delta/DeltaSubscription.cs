using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Delta;

/// <summary>
/// What one node has been told of one type, and what to tell it next: the server's side of delta xDS, without I/O. One response is under way at a time;
/// what changes until it is answered goes out as one, and all that is remembered is a place in the order of changes, so a slow node costs no more
/// memory than a fast one. Used by one stream, on one thread at a time.
/// </summary>
public sealed class DeltaSubscription(ResourceCatalog catalog)
{
    /// <summary>
    /// Bytes of resources in one response. A thousand nodes that are told everything at once have so much each under way, and gRPC libraries take 4 MiB by
    /// default.
    /// </summary>
    private const int MaxResponseBytes = 128 * 1024;

    /// <summary>Of the reason why a node refuses something so much is kept, and shown to operators beside everything that it refuses.</summary>
    private const int MaxReason = 1024;

    /// <summary>What differs from what the node said by name, as far as it was not told yet.</summary>
    private readonly Queue<CatalogEntry> _differences = new();

    private bool _isBegun;
    private long _sequence;
    private long _began;
    private long _nonces;
    private string? _nonce;
    private long? _whole;
    private Task _changed = Task.CompletedTask;

    /// <summary>The last revision that the node has put in force.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Why the node refused the last one; null when it did not.</summary>
    public string? Refusal { get; private set; }

    public string TypeUrl => catalog.TypeUrl;

    /// <summary>A response is under way, and its answer is to come.</summary>
    public bool AwaitsAnswer => _nonce is not null;

    /// <summary>Ends when there may be something to tell.</summary>
    public Task Changed => _changed;

    /// <summary>Takes a request of this type.</summary>
    /// <returns>False for one that answers nothing that was sent, and changes nothing.</returns>
    /// <exception cref="DeltaOutdatedException">What the node has is not remembered by its digest; it has to say it by name.</exception>
    public bool Receive(DeltaDiscoveryRequest request)
    {
        if (!_isBegun)
        {
            Begin(request.InitialResourceVersions);
            return true;
        }

        if (_nonce is null || !string.Equals(request.ResponseNonce, _nonce, StringComparison.Ordinal))
        {
            return false;
        }

        _nonce = null;
        Refusal = ReasonOf(request);
        if (_whole is { } whole && Refusal is null)
        {
            Acknowledged = whole;
        }

        return true;
    }

    /// <summary>The next response; null when there is nothing to say, or the last one is not answered yet.</summary>
    /// <exception cref="DeltaOutdatedException">So much was removed since the last one that the node has to say what it has.</exception>
    public EncodedResponse? Next()
    {
        if (!_isBegun || _nonce is not null)
        {
            return null;
        }

        var parts = new List<ReadOnlyMemory<byte>>();
        var room = MaxResponseBytes;
        while (room > 0 && _differences.TryDequeue(out var entry))
        {
            parts.Add(entry.Encoded);
            room -= entry.Encoded.Length;
        }

        _whole = null;
        if (room > 0)
        {
            var reading = catalog.Read(_sequence, _began, room) ?? throw new DeltaOutdatedException();
            _sequence = reading.Sequence;
            _changed = reading.Changed;
            parts.AddRange(reading.Entries.Select(entry => entry.Encoded));

            // Only the last part says the revision: before it came, a node has no whole configuration. The first response comes in any case, so that it
            // is known what the node thinks of what it has.
            if (reading.IsWhole)
            {
                if (parts.Count == 0 && _nonces > 0)
                {
                    return null;
                }

                _whole = reading.Version;
            }
        }

        var head = new DeltaDiscoveryResponse
        {
            TypeUrl = catalog.TypeUrl,
            Nonce = _nonce = (++_nonces).ToString(CultureInfo.InvariantCulture),
            SystemVersionInfo = _whole is { } version ? DeltaVersion.Of(version) : "",
        };
        parts.Add(head.ToByteArray());
        return new EncodedResponse(parts);
    }

    /// <summary>Why the node refuses what this request answers, cut to what operators read; null when it does not.</summary>
    public static string? ReasonOf(DeltaDiscoveryRequest request)
    {
        if (request.ErrorDetail?.Message is not { Length: > MaxReason } reason)
        {
            return request.ErrorDetail?.Message;
        }

        // A character of two halves is left out whole.
        var end = char.IsHighSurrogate(reason[MaxReason - 1]) ? MaxReason - 1 : MaxReason;
        return string.Concat(reason.AsSpan(0, end), "...");
    }

    private void Begin(MapField<string, string> known)
    {
        if (known.TryGetValue(SetDigest.Name, out var digest))
        {
            _sequence = catalog.Find(digest) ?? throw new DeltaOutdatedException();
        }
        else if (known.Count == 0)
        {
            _began = catalog.Sequence;
        }
        else
        {
            var reading = catalog.Against(known);
            reading.Entries.ToList().ForEach(_differences.Enqueue);
            _sequence = reading.Sequence;
        }

        _isBegun = true;
    }
}
