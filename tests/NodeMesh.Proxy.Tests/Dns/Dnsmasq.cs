using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Dns;

/// <summary>A real upstream server. It knows <c>example.test</c> and the long <c>big.test</c>, and says NXDOMAIN to the rest of <c>test</c>.</summary>
internal sealed class Dnsmasq : IDisposable
{
    private readonly Process _process;

    private Dnsmasq(Process process, IPEndPoint endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    public IPEndPoint Endpoint { get; }

    public static async Task<Dnsmasq> StartAsync()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var endpoint = (IPEndPoint)probe.LocalEndpoint;
            probe.Stop();
            var texts = string.Join(',', Enumerable.Range(0, 10).Select(i => new string((char)('a' + i), 200)));
            var process = Process.Start(
                new ProcessStartInfo(
                    "dnsmasq",
                    [
                        "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file=", "--no-resolv", "--no-hosts", "--listen-address=127.0.0.1",
                        "--bind-interfaces", $"--port={endpoint.Port}", "--local=/test/", "--host-record=example.test,192.0.2.80,2001:db8::80",
                        $"--txt-record=big.test,{texts}",
                    ])
                {
                    UseShellExecute = false,
                    RedirectStandardError = true,
                })!;
            var server = new Dnsmasq(process, endpoint);
            while (!process.HasExited)
            {
                if ((await Dig.AskAsync(endpoint, "example.test +time=1")).Contains("status: NOERROR", StringComparison.Ordinal))
                {
                    return server;
                }
            }

            // The port was taken in the meantime.
            server.Dispose();
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
