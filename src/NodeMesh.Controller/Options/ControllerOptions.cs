using System.Net;
using Microsoft.Extensions.Logging;
using NodeMesh.Resources;
using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Options;

/// <summary>The settings of the controller, complete. Immutable.</summary>
internal sealed record ControllerOptions
{
    public const string DefaultFile = "/etc/nodemesh/nodemesh-controller.yaml";

    /// <summary>Whose identities its authority gives out; the MeshConfig must name the same.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Where store and authority are; the controller's user alone may read it.</summary>
    public string Data { get; init; } = "/var/lib/nodemesh-controller";

    /// <summary>Where nodes and operators connect, with TLS.</summary>
    public ValueList<IPEndPoint> Listen { get; init; } = [new IPEndPoint(IPAddress.IPv6Any, 15010)];

    /// <summary>The path of the socket for root and the controller's own user.</summary>
    public string Socket { get; init; } = "/run/nodemesh-controller/api.sock";

    /// <summary>Who may do what over TLS.</summary>
    public ValueList<OperatorGrant> Operators { get; init; } = [];

    /// <summary>How long a node may be without a stream before its endpoints are out of use.</summary>
    public TimeSpan NodeLease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many of the newest revisions are kept at the least.</summary>
    public int History { get; init; } = 10_000;

    /// <summary>Where metrics are served, without TLS; nowhere by default.</summary>
    public ValueList<IPEndPoint> Metrics { get; init; } = [];

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public string StorePath => Path.Combine(Data, "mesh.db");

    /// <summary>The authority, where it was made elsewhere; null for the controller's own.</summary>
    public AuthorityPaths? Authority { get; init; }

    public string AuthorityPath => Path.Combine(Data, "ca");

    /// <summary>The bundle of an authority that was made elsewhere.</summary>
    public string BundlePath => Path.Combine(Data, "bundle.json");
}
