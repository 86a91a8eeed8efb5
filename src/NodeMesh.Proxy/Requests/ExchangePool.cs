using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The exchanges under way on one loop, and the objects of ended ones for the next: a request allocates nothing once the loop has seen as many
/// at a time. Loop thread only, but for <see cref="Count"/>.
/// </summary>
internal sealed class ExchangePool(ProxyLoop worker)
{
    /// <summary>Idle objects kept: a burst above it is left to the collector.</summary>
    private const int MaxIdle = 1024;

    /// <summary>Bytes of request bodies that all exchanges may keep for sending them once more; above it a request has but one try.</summary>
    private const long MaxKept = 64 * 1024 * 1024;

    private readonly Stack<HttpExchange> _idle = new();
    private readonly Stack<Http2Leg> _idleLegs = new();
    private readonly LinkedList<HttpExchange> _active = new();
    private int _count;
    private long _kept;

    /// <summary>Exchanges under way; read from any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Begins the exchange of a stream that a client has opened.</summary>
    public void Begin(RequestScope scope, Http2Session session, Http2Stream stream, HeaderList headers, bool endStream)
    {
        var exchange = Rent();
        var leg = RentLeg();
        leg.BeginDownstream(session, stream, exchange);
        exchange.Begin(scope, leg, headers, endStream);
    }

    /// <summary>Takes room for what an exchange keeps; false when there is none.</summary>
    public bool TryKeep(int bytes)
    {
        if (_kept + bytes > MaxKept)
        {
            return false;
        }

        _kept += bytes;
        return true;
    }

    public void Forget(long bytes) => _kept -= bytes;

    public HttpExchange Rent()
    {
        var exchange = _idle.TryPop(out var idle) ? idle : new HttpExchange(worker);
        _active.AddLast(exchange.Node);
        _count++;
        return exchange;
    }

    public void Return(HttpExchange exchange)
    {
        _active.Remove(exchange.Node);
        _count--;
        if (_idle.Count < MaxIdle)
        {
            _idle.Push(exchange);
        }
    }

    public Http2Leg RentLeg() => _idleLegs.TryPop(out var leg) ? leg : new Http2Leg(this);

    public void Return(Http2Leg leg)
    {
        if (_idleLegs.Count < MaxIdle)
        {
            _idleLegs.Push(leg);
        }
    }

    /// <summary>Judges what is under way by another configuration.</summary>
    public void Recheck(MeshSnapshot snapshot)
    {
        // A copy, since to end one may end others.
        foreach (var exchange in _active.ToArray())
        {
            exchange.Recheck(snapshot);
        }
    }

    /// <summary>Ends all that is under way.</summary>
    public void CutAll(RefusalCode code, string detail)
    {
        foreach (var exchange in _active.ToArray())
        {
            exchange.Cut(code, detail);
        }
    }
}
