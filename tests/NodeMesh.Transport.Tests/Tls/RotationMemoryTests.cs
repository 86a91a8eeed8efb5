namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Alone, since it measures the process.</summary>
[Collection(nameof(MeasuresTheProcess))]
public sealed class RotationMemoryTests : IDisposable
{
    private readonly Mesh _mesh = new();

    [Fact]
    public void A_thousand_rotations_under_handshakes_leave_no_memory_behind()
    {
        var leaf = _mesh.Authority.Issue("/orders");
        var cart = _mesh.Authority.Issue("/cart");
        var bundles = TestIdentities.Bundles(_mesh.Authority);
        Rotate(200);

        // A lost reference on one credential of each set is over 5 MiB per thousand. The heap may grow once; a leak grows each time.
        var grown = Enumerable.Range(0, 3).Select(_ =>
        {
            var before = ResidentBytes();
            Rotate(1000);
            return ResidentBytes() - before;
        }).Min();
        Assert.True(grown < 2 << 20, $"{grown >> 10} KiB more after each 1000 rotations");

        void Rotate(int times)
        {
            var (oldClient, oldServer) = (_mesh.Client.Identities, _mesh.Server.Identities);
            for (var i = 0; i < times; i++)
            {
                var client = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Cart, cart));
                var server = TestIdentities.Set(TimeProvider.System, bundles, (Mesh.Orders, leaf), (Mesh.Stock, leaf), (Mesh.Node, leaf));
                _mesh.Client.Identities = client;
                _mesh.Server.Identities = server;
                oldClient.Dispose();
                oldServer.Dispose();
                (oldClient, oldServer) = (client, server);
                if (i % 10 == 0)
                {
                    _mesh.Connect(Mesh.Orders).Established().WithTicketTaken().Dispose();
                }
            }
        }
    }

    public void Dispose() => _mesh.Dispose();

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }
}
