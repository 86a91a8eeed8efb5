using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Admin;

/// <summary>Speaks to the daemon's admin socket (docs/admin-api.md). One per command; connects with the first request.</summary>
internal sealed class AdminClient : ApiClient
{
    public const string DefaultSocket = "/run/nodemesh/admin.sock";

    public AdminClient(string socket)
        : this(new ApiPeer("nodemeshd", "daemon", socket, "--socket", "only root and the daemon's own user may ask it: run as root"))
    {
    }

    private AdminClient(ApiPeer peer)
        : base(peer, new Uri("http://nodemeshd/"), new UnixConnector(peer, peer.Address).Handler())
    {
    }
}
