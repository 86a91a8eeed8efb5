using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>A client context and a server context of one authority: /cart and /checkout call, /orders, /stock and /node serve.</summary>
internal sealed class Mesh : IDisposable
{
    public Mesh(TimeProvider? time = null, Func<IpEndpoint, SpiffeId?>? fallback = null)
    {
        time ??= TimeProvider.System;
        ClientIdentities = TestIdentities.Set(time, Authority, "/cart", "/checkout");
        ServerIdentities = TestIdentities.Set(time, Authority, "/orders", "/stock", "/node");
        Client = new TlsClientContext(ClientIdentities);
        Server = new TlsServerContext(ServerIdentities, fallback ?? (_ => Node), time);
    }

    public static SpiffeId Cart => TestIdentities.Id("/cart");

    public static SpiffeId Checkout => TestIdentities.Id("/checkout");

    public static SpiffeId Orders => TestIdentities.Id("/orders");

    public static SpiffeId Stock => TestIdentities.Id("/stock");

    public static SpiffeId Node => TestIdentities.Id("/node");

    public TestAuthority Authority { get; } = TestAuthority.Create();

    public TlsIdentitySet ClientIdentities { get; }

    public TlsIdentitySet ServerIdentities { get; }

    public TlsClientContext Client { get; }

    public TlsServerContext Server { get; }

    public Link Connect(params SpiffeId[] expected) => new(Client, Server, Cart, expected);

    /// <summary>A link to an address that stays the same from call to call, so that tickets are found again.</summary>
    public Link ConnectTo(ushort port, SpiffeId source, params SpiffeId[] expected) =>
        new(Client, Server, source, IpEndpoint.FromIPv4(0x0A000001, port), 0, expected);

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        ClientIdentities.Dispose();
        ServerIdentities.Dispose();
        Authority.Dispose();
    }
}
