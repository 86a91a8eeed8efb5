using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace NodeMesh.Proxy.Tests.Dns;

/// <summary>An upstream server that misbehaves on purpose: for each query it sends whatever the test says. Real ones are dnsmasq.</summary>
internal sealed class TestUpstream : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<IPEndPoint> _clients = Channel.CreateUnbounded<IPEndPoint>();
    private readonly Task _loop;

    public TestUpstream(Func<byte[], IEnumerable<byte[]>> answers)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _loop = ServeAsync(answers);
    }

    public IPEndPoint Endpoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Waits for the next query and tells where it came from.</summary>
    public async Task<IPEndPoint> NextClientAsync() => await _clients.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(Func<byte[], IEnumerable<byte[]>> answers)
    {
        var buffer = new byte[4096];
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                _clients.Writer.TryWrite((IPEndPoint)received.RemoteEndPoint);
                foreach (var answer in answers(buffer[..received.ReceivedBytes]))
                {
                    await _socket.SendToAsync(answer, received.RemoteEndPoint, _stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
