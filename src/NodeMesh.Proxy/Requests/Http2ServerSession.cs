using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>The HTTP/2 connection of a client, with prior knowledge: each stream an exchange.</summary>
internal sealed class Http2ServerSession : IServerSession, IHttp2SessionOwner
{
    private readonly RequestScope _scope;
    private readonly ExchangePool _exchanges;
    private readonly Http2Session _session;
    private readonly LoopSignal _over = new();
    private bool _isOver;

    public Http2ServerSession(ILoopDuplex carrier, RequestScope scope, ProxyLoop worker)
    {
        _scope = scope;
        _exchanges = worker.Exchanges;
        _session = new Http2Session(carrier, Http2Role.Server, scope.Options.Http2, worker.Memory, worker.Http2Counters, this);
    }

    public async Task ServeAsync()
    {
        _session.Start();
        if (!_isOver)
        {
            await _over.Wait();
        }
    }

    public void Abort() => _session.Carrier.Abort();

    public void Drain() => _session.Drain();

    public void OnRequest(Http2Session session, Http2Stream stream, HeaderList headers, bool endStream) =>
        _exchanges.Begin(_scope, session, stream, headers, endStream);

    public HeaderList ReplyTooLarge(Http2Session session) => _scope.ReplyTooLarge();

    public void OnStreams(Http2Session session, int change)
    {
    }

    public void OnCapacity(Http2Session session)
    {
    }

    public void OnDraining(Http2Session session)
    {
    }

    public void OnClosed(Http2Session session, string reason, Exception? fault)
    {
        _isOver = true;
        if (fault is not null)
        {
            _scope.LogFault(fault);
        }

        _over.Wake();
    }
}
