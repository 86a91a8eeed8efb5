using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Delta;

/// <summary>
/// What one node has been told of one type, and what to tell it next: the server's side of delta xDS, without I/O. One response is under way at a time;
/// what changes until it is answered goes out as one, so a slow node costs no more memory than a fast one. Used by one stream, on one thread at
/// a time.
/// </summary>
public sealed class DeltaSubscription(ResourceCatalog catalog)
{
    /// <summary>Bytes of resources in one response: well below the 4 MiB that gRPC libraries take by default.</summary>
    private const int MaxResponseBytes = 1024 * 1024;

    private CatalogReading? _reading;
    private int _next;
    private long _nonces;
    private string? _nonce;

    /// <summary>The last revision that the node has put in force.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Why the node refused the last one; null when it did not.</summary>
    public string? Refusal { get; private set; }

    public string TypeUrl => catalog.TypeUrl;

    /// <summary>A response is under way, and its answer is to come.</summary>
    public bool AwaitsAnswer => _nonce is not null;

    /// <summary>Ends when there may be something to tell.</summary>
    public Task Changed => _reading?.Changed ?? Task.CompletedTask;

    /// <summary>Takes a request of this type.</summary>
    /// <returns>False for one that answers nothing that was sent, and changes nothing.</returns>
    public bool Receive(DeltaDiscoveryRequest request)
    {
        if (_reading is null)
        {
            _reading = catalog.Against(request.InitialResourceVersions);
            return true;
        }

        if (_nonce is null || !string.Equals(request.ResponseNonce, _nonce, StringComparison.Ordinal))
        {
            return false;
        }

        _nonce = null;
        Refusal = request.ErrorDetail?.Message;
        if (_next == _reading.Entries.Count && Refusal is null)
        {
            Acknowledged = _reading.Version;
        }

        return true;
    }

    /// <summary>The next response; null when there is nothing to say, or the last one is not answered yet.</summary>
    /// <exception cref="DeltaOutdatedException">So much was removed since the last one that the node has to begin anew.</exception>
    public DeltaDiscoveryResponse? Next()
    {
        if (_reading is null || _nonce is not null)
        {
            return null;
        }

        if (_next == _reading.Entries.Count && _nonces > 0)
        {
            var reading = catalog.Since(_reading.Sequence) ?? throw new DeltaOutdatedException();
            if (reading.Entries.Count == 0)
            {
                _reading = reading;
                _next = 0;
                return null;
            }

            (_reading, _next) = (reading, 0);
        }

        return Respond(_reading);
    }

    private DeltaDiscoveryResponse Respond(CatalogReading reading)
    {
        var response = new DeltaDiscoveryResponse { TypeUrl = catalog.TypeUrl };
        var bytes = 0;
        while (_next < reading.Entries.Count && bytes < MaxResponseBytes)
        {
            var entry = reading.Entries[_next++];
            if (entry.Value is null)
            {
                response.RemovedResources.Add(entry.Name);
                bytes += entry.Name.Length;
                continue;
            }

            response.Resources.Add(new Resource
            {
                Name = entry.Name,
                Version = DeltaVersion.Of(entry.Version),
                Resource_ = new Any { TypeUrl = catalog.TypeUrl, Value = entry.Value },
            });
            bytes += entry.Value.Length;
        }

        // Only the last part says the revision: before it came, a node has no whole configuration.
        if (_next == reading.Entries.Count)
        {
            response.SystemVersionInfo = DeltaVersion.Of(reading.Version);
        }

        response.Nonce = _nonce = (++_nonces).ToString(CultureInfo.InvariantCulture);
        return response;
    }
}
