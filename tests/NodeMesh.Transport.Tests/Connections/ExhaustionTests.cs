using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Tests.Tls;

namespace NodeMesh.Transport.Tests.Connections;

/// <summary>Alone, since it takes all descriptors of the process.</summary>
[Collection(nameof(MeasuresTheProcess))]
public sealed partial class ExhaustionTests : IDisposable
{
    private const int Clients = 20;
    private const int RLimitNoFile = 7;

    private readonly LoopFixture _fixture = new();

    [Fact]
    public async Task Without_descriptors_accepting_pauses_without_spinning_and_goes_on_when_there_are_some()
    {
        var loop = _fixture.Loop;
        var listener = await _fixture.OnLoop(() => LoopListener.Bind(
            loop, IpEndpoint.From(new IPEndPoint(IPAddress.Loopback, 0)), new ListenerOptions(), NullLogger.Instance));
        var clients = Enumerable.Range(0, Clients).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        foreach (var client in clients)
        {
            await client.ConnectAsync(listener.EndPoint);
        }

        var accepted = 0;
        var accepting = Task.FromResult(false);
        var turnsBefore = loop.Statistics().Turns;
        var fillers = new List<SocketDescriptor>();
        Assert.Equal(0, GetLimit(RLimitNoFile, out var limit));
        try
        {
            // Low, so that few descriptors need filling; what is open above the limit stays open.
            Assert.Equal(0, SetLimit(RLimitNoFile, limit with { Soft = 512 }));
            for (var filler = SocketDescriptor.OpenTcp(ipv6: false); ; filler = SocketDescriptor.OpenTcp(ipv6: false))
            {
                if (!filler.IsOpen)
                {
                    Assert.Equal(-Errno.EMFILE, filler.Value);
                    break;
                }

                fillers.Add(filler);
            }

            accepting = _fixture.OnLoopAsync(async () =>
            {
                while (accepted < Clients)
                {
                    (await listener.AcceptSocketAsync()).Socket.Close();
                    accepted++;
                }

                return true;
            });
            await Until.TrueAsync(() => listener.Exhaustions >= 3, "accepting met EMFILE three times");
            Assert.Equal(0, accepted);
            Assert.InRange(loop.Statistics().Turns - turnsBefore, 1, 60);
        }
        finally
        {
            fillers.ForEach(filler => filler.Close());
            Assert.Equal(0, SetLimit(RLimitNoFile, limit));
        }

        Assert.True(await accepting.WaitAsync(Until.Patience), "not all who waited were accepted");
        foreach (var client in clients)
        {
            client.Dispose();
        }

        await _fixture.OnLoopAsync(async () =>
        {
            await listener.DisposeAsync();
            return true;
        });
        Assert.Equal(0, loop.Load);
    }

    public void Dispose() => _fixture.Dispose();

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(ulong Soft, ulong Hard);
}
