using System.Text.Json.Nodes;
using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Controller;

/// <summary>Speaks to the API of nodemesh-controller. One per command; connects with the first request.</summary>
internal sealed class ControllerClient : ApiClient
{
    private const string Program = "nodemesh-controller";

    private ControllerClient(ApiPeer peer, Uri baseAddress, SocketsHttpHandler handler)
        : base(peer, baseAddress, handler)
    {
    }

    /// <exception cref="CliException">The certificates for a connection over TLS are not given, or cannot be used.</exception>
    public static ControllerClient For(ControllerTarget target, TimeProvider time)
    {
        if (target.Address.Socket is { } path)
        {
            var local = new ApiPeer(Program, "controller", target.Address.Text, "--controller", "only root and the controller's own user may use its socket: run as root");
            return new ControllerClient(local, new Uri("http://nodemesh-controller/"), new UnixConnector(local, path).Handler());
        }

        var peer = new ApiPeer(
            Program, "controller", target.Address.Text, "--controller", "whoever is to be let in stands among operators in nodemesh-controller.yaml, with the role needed");
        return new ControllerClient(peer, target.Address.Uri!, TlsConnector.For(peer, target, time).Handler());
    }

    /// <summary>All items of the answer, which may come in parts, as it were one.</summary>
    /// <exception cref="ApiException">There is no answer.</exception>
    public async Task<(long Revision, IReadOnlyList<JsonNode> Items)> ResourcesAsync(string query, CancellationToken cancellationToken)
    {
        var items = new List<JsonNode>();
        var after = "";
        while (true)
        {
            var parameters = (query + after).TrimStart('&');
            var answer = await GetAsync("v1/resources" + (parameters.Length == 0 ? "" : "?" + parameters), cancellationToken);
            items.AddRange((answer["items"] as JsonArray ?? []).OfType<JsonNode>());
            if ((string?)answer["next"] is not { } next)
            {
                return ((long?)answer["revision"] ?? 0, items);
            }

            after = $"&after={Uri.EscapeDataString(next)}";
        }
    }
}
