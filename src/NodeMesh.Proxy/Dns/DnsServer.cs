using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// The node's DNS server: answers for the mesh's names from the table and sends everything else to the upstream servers. One per daemon,
/// from <see cref="Start"/> to disposal; runs on the thread pool, apart from the event loops. All queues are bounded.
/// </summary>
public sealed partial class DnsServer : IAsyncDisposable
{
    private const int MaxMessage = 65_535;
    private const int FreePortAttempts = 16;
    private const string UdpPurpose = "dns-udp";
    private const string TcpPurpose = "dns-tcp";
    private static readonly TimeSpan RestAfterError = TimeSpan.FromMilliseconds(100);

    private readonly DnsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _forwards;
    private readonly SemaphoreSlim _connections;
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];
    private readonly List<IPEndPoint> _endpoints = [];
    private volatile DnsTable _table = DnsTable.Empty;
    private DnsForwarder? _forwarder;

    public DnsServer(DnsOptions options, MeshMetrics metrics, TimeProvider time, ILogger<DnsServer> log)
    {
        _options = options;
        _time = time;
        _log = log;
        _forwards = new SemaphoreSlim(options.MaxForwards);
        _connections = new SemaphoreSlim(options.MaxTcpConnections);
        Metrics = new DnsMetrics(metrics);
    }

    public DnsMetrics Metrics { get; }

    /// <summary>Where the server listens, with the real ports.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _endpoints;

    /// <summary>The names in force; set it to swap them. Queries under way keep the table they began with.</summary>
    public DnsTable Table
    {
        get => _table;
        set => _table = value;
    }

    /// <summary>Binds all addresses but those whose sockets the process before left in the store, and begins to answer.</summary>
    /// <exception cref="IOException">An address cannot be bound, or the mark may not be set; the message says which.</exception>
    /// <exception cref="ArgumentException">An address is a wildcard.</exception>
    public void Start(IListenerStore? store = null)
    {
        _options.CheckMark();
        foreach (var endpoint in _options.Listen)
        {
            if (store is null || !TryAdopt(endpoint, store))
            {
                Bind(endpoint);
                store?.Keep(UdpPurpose, DescriptorOf(_sockets[^2]));
                store?.Keep(TcpPurpose, DescriptorOf(_sockets[^1]));
            }
        }

        _forwarder = new DnsForwarder(_options, new UpstreamServers(_options, _endpoints, _time));
        foreach (var socket in _sockets)
        {
            _loops.Add(Task.Run(() => socket.SocketType == SocketType.Dgram ? ServeUdpAsync(socket) : ServeTcpAsync(socket)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);

        // Whoever still works holds a permit, and has been told to stop.
        for (var i = 0; i < _options.MaxForwards; i++)
        {
            await _forwards.WaitAsync();
        }

        for (var i = 0; i < _options.MaxTcpConnections; i++)
        {
            await _connections.WaitAsync();
        }

        _sockets.ForEach(s => s.Dispose());
        _forwards.Dispose();
        _connections.Dispose();
        _stopping.Dispose();
    }

    private static SocketDescriptor DescriptorOf(Socket socket) => new((int)socket.SafeHandle.DangerousGetHandle());

    private bool TryAdopt(IPEndPoint endpoint, IListenerStore store)
    {
        var address = IpEndpoint.From(endpoint);
        var sockets = store.Take(UdpPurpose, address).Concat(store.Take(TcpPurpose, address))
            .Select(socket => new Socket(new SafeSocketHandle(socket.Value, ownsHandle: true))).ToArray();
        if (sockets.Length == 0)
        {
            return false;
        }

        _endpoints.Add(endpoint);
        _sockets.AddRange(sockets);
        return true;
    }

    private void Bind(IPEndPoint endpoint)
    {
        if (endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            throw new ArgumentException($"DNS cannot listen on {endpoint}: name the addresses one by one", nameof(endpoint));
        }

        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(endpoint);
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                _endpoints.Add((IPEndPoint)udp.LocalEndPoint!);
                _sockets.AddRange([udp, tcp]);
                return;
            }
            catch (SocketException e)
            {
                udp.Dispose();
                tcp.Dispose();

                // A port that is free for UDP may be taken for TCP: with port 0 another is tried.
                if (endpoint.Port != 0 || e.SocketErrorCode != SocketError.AddressAlreadyInUse || attempt == FreePortAttempts)
                {
                    _sockets.ForEach(s => s.Dispose());
                    throw new IOException($"DNS cannot listen on {endpoint}: {e.Message}", e);
                }
            }
        }
    }

    private async Task ServeUdpAsync(Socket socket)
    {
        var request = new byte[MaxMessage];
        var response = new byte[DnsResponseWriter.OwnUdpSize];
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(request, any, _stopping.Token);
                var began = _time.GetTimestamp();
                var message = request.AsMemory(0, received.ReceivedBytes);
                var length = Decide(message.Span, DnsTransport.Udp, began, response, out var query);
                if (length > 0)
                {
                    await socket.SendToAsync(response.AsMemory(0, length), received.RemoteEndPoint, _stopping.Token);
                }
                else if (length == MustForward)
                {
                    _ = ForwardUdpAsync(socket, message.ToArray(), query, began, received.RemoteEndPoint);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailure(e, socket.LocalEndPoint);
                await Task.Delay(RestAfterError, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ForwardUdpAsync(Socket socket, byte[] request, DnsQuery query, long began, EndPoint client)
    {
        try
        {
            var answer = await _forwarder!.ForwardAsync(request, query, _stopping.Token);
            var response = Conclude(request, query, DnsTransport.Udp, began, answer);
            await socket.SendToAsync(response, client, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            LogStopped(query.Name);
        }
        catch (Exception e)
        {
            LogFailure(e, client);
        }
        finally
        {
            _forwards.Release();
        }
    }

    private async Task ServeTcpAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var taken = false;
            try
            {
                await _connections.WaitAsync(_stopping.Token);
                taken = true;
                var connection = await listener.AcceptAsync(_stopping.Token);
                taken = false;
                _ = ServeConnectionAsync(connection);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailure(e, listener.LocalEndPoint);
                await Task.Delay(RestAfterError, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                if (taken)
                {
                    _connections.Release();
                }
            }
        }
    }

    private async Task ServeConnectionAsync(Socket connection)
    {
        var response = ArrayPool<byte>.Shared.Rent(MaxMessage);
        var here = connection.LocalEndPoint;
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            while (true)
            {
                deadline.CancelAfter(_options.TcpIdleTimeout);
                var request = await DnsStream.ReadAsync(stream, deadline.Token);
                if (request is null)
                {
                    return;
                }

                var began = _time.GetTimestamp();
                var length = Decide(request, DnsTransport.Tcp, began, response, out var query);
                if (length == MustForward)
                {
                    deadline.CancelAfter(Timeout.InfiniteTimeSpan);
                    var answer = await ForwardTcpAsync(request, query, began, deadline.Token);
                    deadline.CancelAfter(_options.TcpIdleTimeout);
                    await DnsStream.WriteAsync(stream, answer, deadline.Token);
                }
                else if (length > 0)
                {
                    await DnsStream.WriteAsync(stream, response.AsMemory(0, length), deadline.Token);
                }
                else
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The client went away, was silent too long, or the server stops.
            LogConnectionEnded(e);
        }
        catch (Exception e)
        {
            LogFailure(e, here);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(response);
            _connections.Release();
        }
    }

    private async Task<byte[]> ForwardTcpAsync(byte[] request, DnsQuery query, long began, CancellationToken cancellation)
    {
        try
        {
            return Conclude(request, query, DnsTransport.Tcp, began, await _forwarder!.ForwardAsync(request, query, cancellation));
        }
        finally
        {
            _forwards.Release();
        }
    }
}
