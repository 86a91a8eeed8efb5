using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Explaining;

/// <summary>Who would connect, as a question names it.</summary>
/// <param name="Workload">Null for a process that no Workload claims, and for an identity that no Workload has.</param>
/// <param name="Identity">Null for a process that no Workload claims.</param>
/// <param name="NodeName">The node it connects from; this one, when nothing says so.</param>
internal sealed record ExplainedSource(Workload? Workload, SpiffeId? Identity, string NodeName)
{
    /// <summary>How a question names a process that no Workload claims.</summary>
    public const string Unclaimed = "unknown";

    /// <summary>An identity that no Workload has: its daemon is not of this configuration, so only the destination's side can be told.</summary>
    public bool IsForeign => Workload is null && Identity is not null;

    public string? WorkloadName => Workload is null ? null : $"{Workload.Namespace}/{Workload.Name}";

    /// <exception cref="ExplainException">There is nobody of that name.</exception>
    public static ExplainedSource Find(string text, MeshSnapshot here)
    {
        if (string.Equals(text, Unclaimed, StringComparison.Ordinal))
        {
            return new ExplainedSource(null, null, here.NodeName);
        }

        var parts = text.Split('/');
        if (!text.StartsWith("spiffe://", StringComparison.Ordinal))
        {
            return parts.Length == 2 && here.Resources.FindWorkload(parts[0], parts[1]) is { } named
                ? new ExplainedSource(named, named.SpiffeIdIn(here.TrustDomain), named.Node)
                : throw new ExplainException(
                    $"no Workload {text} is in the configuration; give namespace/name, a SPIFFE ID, or '{Unclaimed}' for a process that no Workload claims");
        }

        if (!SpiffeId.TryParse(text, out var id, out var error))
        {
            throw new ExplainException($"'{text}' is no SPIFFE ID: {error}");
        }

        // Several may have it: one of this node, of which more is known, before those of others.
        var workload = here.FindWorkload(id)?.Resource ?? here.Resources.Workloads.AsEnumerable().FirstOrDefault(other => other.SpiffeIdIn(here.TrustDomain) == id);
        return new ExplainedSource(workload, id, workload?.Node ?? here.NodeName);
    }

    public LocalWorkload? FindWorkload(MeshSnapshot view) =>
        Workload is null ? null : view.Workloads.FirstOrDefault(local => local.Resource.Key == Workload.Key);

    /// <summary>The address it connects from, of the family of <paramref name="destination"/> if its node has one.</summary>
    public IpEndpoint AddressTowards(IpEndpoint destination, MeshSnapshot here)
    {
        var addresses = IsForeign ? [] : here.Resources.FindNode(NodeName)?.Addresses.AsEnumerable() ?? [];
        var all = addresses.Select(address => IpEndpoint.From(address, 0)).ToArray();
        return Array.Find(all, address => address.IsIPv4 == destination.IsIPv4) is { Address: var found } && found != default
            ? new IpEndpoint(found, 0)
            : all.FirstOrDefault();
    }

    public string Describe(string here) => this switch
    {
        { Identity: null } => $"the source is a process of {here} that no Workload claims, so it has no identity",
        { IsForeign: true } => $"the source is {Identity}, which no Workload has: its own daemon cannot be asked, only the destination's side",
        _ when string.Equals(NodeName, here, StringComparison.Ordinal) => $"the source {WorkloadName} of this node is {Identity}",
        _ => $"the source {WorkloadName} is {Identity} on {NodeName}, whose daemon decides by the same configuration; what it sees of endpoints' health is not known here",
    };
}
