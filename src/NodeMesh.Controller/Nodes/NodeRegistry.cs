using System.Globalization;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Nodes;

/// <summary>
/// Which machines belong to the mesh: lets them join with a token, knows them by their certificates, signs for them, and cuts them off. Everything is
/// in the audit log, and kept together with what it says there: both or neither. Thread-safe; one per controller.
/// </summary>
/// <param name="operators">No workload gets an identity of theirs: who may place workloads must not become an administrator by placing one.</param>
internal sealed partial class NodeRegistry(
    IMeshStore store,
    ControllerAuthority authority,
    MeshRegistry mesh,
    Refusals refusals,
    OperatorGrants operators,
    TimeProvider time,
    ILogger<NodeRegistry> log)
{
    private const int MaxNamed = 5;

    private readonly Lock _gate = new();
    private long _signed;

    /// <summary>How many certificates were signed so far.</summary>
    public long Signed => Interlocked.Read(ref _signed);

    /// <summary>How long after its end a certificate still serves to get the next one.</summary>
    public static TimeSpan RenewalGrace { get; } = TimeSpan.FromDays(7);

    /// <summary>Called with the name of a node that was cut off.</summary>
    public Action<string>? Evicted { get; set; }

    /// <summary>Called with the name of a node from which new traffic is kept from now on, or no longer.</summary>
    public Action<string, bool>? Cordoned { get; set; }

    /// <summary>Called with the name of a node that is known no more.</summary>
    public Action<string>? Deleted { get; set; }

    public Refusals Refusals => refusals;

    public IReadOnlyList<NodeRecord> Nodes() => store.Nodes();

    /// <summary>Makes a token with which a machine may join once under this name.</summary>
    public string CreateToken(string node, TimeSpan lifetime, string author)
    {
        var (text, hash) = JoinTokenText.Create(authority.Roots.Active.Span);
        var now = time.GetUtcNow();
        store.Add(
            new JoinToken(hash, node, now + lifetime, null), Done(author, "token", node, string.Create(CultureInfo.InvariantCulture, $"until {now + lifetime:u}")));
        return text;
    }

    /// <summary>Takes a machine in.</summary>
    /// <param name="secret">Of its token.</param>
    /// <param name="request">For the identity of the node that the token names.</param>
    /// <returns>The node's name, and its certificates in DER, leaf first.</returns>
    /// <exception cref="NodeException">It is refused.</exception>
    public (string Name, IReadOnlyList<ReadOnlyMemory<byte>> Chain) Join(string secret, ReadOnlyMemory<byte> request, string peer)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (!JoinTokenText.TryHash(secret, out var hash) || store.FindToken(hash) is not { } token)
            {
                throw Refuse(NodeRefusal.UnknownToken, peer, "join", "", "there is no such token; make one with nodemeshctl node token create");
            }

            if (token.UsedAt is { } used)
            {
                throw Refuse(NodeRefusal.UsedToken, peer, "join", token.Node, $"the token was used at {used:u}; if that was not you, evict {token.Node}");
            }

            if (now >= token.ExpiresAt)
            {
                throw Refuse(NodeRefusal.ExpiredToken, peer, "join", token.Node, $"the token ended at {token.ExpiresAt:u}; make another");
            }

            var signed = Sign(request, MeshIds.Node(authority.TrustDomain, token.Node), peer, "join");

            // A machine that is set up anew stays cordoned; one that was evicted is in again.
            var state = store.FindNode(token.Node)?.State == NodeState.Cordoned ? NodeState.Cordoned : NodeState.Joined;
            var node = new NodeRecord(token.Node, state, now, signed.Serial, null, signed.NotAfter);
            if (!store.TryJoin(token, node, Done(peer, "join", token.Node, $"serial {signed.Serial}")))
            {
                throw Refuse(NodeRefusal.UsedToken, peer, "join", token.Node, "the token was used this moment");
            }

            LogJoined(token.Node, peer);
            return (token.Node, signed.Chain);
        }
    }

    /// <summary>Whether a certificate stands for a node of the mesh now.</summary>
    /// <param name="serial">Of the certificate, in hexadecimal.</param>
    /// <exception cref="NodeException">It does not.</exception>
    public NodeRecord Authenticate(string name, string serial, string peer)
    {
        lock (_gate)
        {
            if (store.FindNode(name) is not { } node)
            {
                throw Refuse(NodeRefusal.UnknownNode, peer, "authenticate", name, $"{name} has not joined; make a token with nodemeshctl node token create");
            }

            if (node.State == NodeState.Evicted)
            {
                throw Refuse(NodeRefusal.Evicted, peer, "authenticate", name, $"{name} was evicted");
            }

            if (string.Equals(serial, node.Serial, StringComparison.Ordinal))
            {
                return node;
            }

            if (!string.Equals(serial, node.NextSerial, StringComparison.Ordinal))
            {
                throw Refuse(
                    NodeRefusal.SupersededCertificate, peer, "authenticate", name, $"the certificate {serial} of {name} was replaced; two machines seem to use its key");
            }

            // It has arrived: the one before is good for nothing any more.
            node = node with { Serial = serial, NextSerial = null };
            try
            {
                store.Put(node);
            }
            catch (StoreException exception)
            {
                // A full disk must not cut off nodes that prove who they are; the one before is refused once this can be kept.
                LogNotKept(name, exception.Message);
            }

            return node;
        }
    }

    /// <summary>Gives a node its next certificate.</summary>
    /// <exception cref="NodeException">It is refused.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Renew(NodeRecord node, ReadOnlyMemory<byte> request, string peer)
    {
        lock (_gate)
        {
            var current = Current(node, peer, "renew");
            var signed = Sign(request, MeshIds.Node(authority.TrustDomain, node.Name), peer, "renew");
            store.Put(
                current with { NextSerial = signed.Serial, NotAfter = signed.NotAfter }, Done(node.Name, "renew", node.Name, $"serial {signed.Serial}"));
            return signed.Chain;
        }
    }

    /// <summary>Signs for a workload that is placed on the node.</summary>
    /// <exception cref="NodeException">It is refused.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> SignWorkload(NodeRecord node, SpiffeId id, ReadOnlyMemory<byte> request, string peer)
    {
        var placed = mesh.Current.Mesh.WorkloadsOn(node.Name);
        if (!placed.Any(workload => workload.SpiffeIdIn(authority.TrustDomain) == id))
        {
            throw Refuse(NodeRefusal.ForeignIdentity, peer, "sign", id.ToString(), $"no workload with the identity {id} is placed on {node.Name}");
        }

        if (operators.Names(id))
        {
            throw Refuse(
                NodeRefusal.ForeignIdentity, peer, "sign", id.ToString(), $"{id} is an operator of the controller and no workload; give the workload another serviceAccount");
        }

        lock (_gate)
        {
            Current(node, peer, "sign");
            var signed = Sign(request, id, peer, "sign");
            store.Add(Done(node.Name, "sign", id.ToString(), $"serial {signed.Serial}"));
            return signed.Chain;
        }
    }

    /// <summary>Keeps new traffic from a node, or no longer. False when there is none of that name, or it was cut off.</summary>
    public bool Cordon(string name, bool isCordoned, string author)
    {
        lock (_gate)
        {
            if (store.FindNode(name) is not { State: not NodeState.Evicted } node)
            {
                return false;
            }

            store.Put(
                node with { State = isCordoned ? NodeState.Cordoned : NodeState.Joined }, Done(author, isCordoned ? "cordon" : "uncordon", name, ""));
        }

        Cordoned?.Invoke(name, isCordoned);
        return true;
    }

    /// <summary>Cuts a node off. False when there is none of that name.</summary>
    public bool Evict(string name, string author)
    {
        lock (_gate)
        {
            if (store.FindNode(name) is not { } node)
            {
                return false;
            }

            store.Put(node with { State = NodeState.Evicted }, Done(author, "evict", name, ""));
        }

        Evicted?.Invoke(name);
        return true;
    }

    /// <summary>
    /// Forgets a node that was cut off, and every token that was made for it. Its certificates are refused as those of a node that never joined, and if it
    /// joins anew, as replaced ones. False when there is neither a node nor a token of that name.
    /// </summary>
    /// <exception cref="NodeInUseException">It is in the mesh, or the mesh places workloads on it: after a start nobody would know any more that these do not serve.</exception>
    public bool Delete(string name, string author)
    {
        lock (_gate)
        {
            var node = store.FindNode(name);
            if (node is { State: not NodeState.Evicted })
            {
                throw new NodeInUseException($"{name} is in the mesh; evict it first");
            }

            var placed = mesh.Current.Mesh.WorkloadsOn(name).Select(workload => workload.Key.ToString()).ToArray();
            if (node is not null && placed.Length > 0)
            {
                throw new NodeInUseException(
                    $"{string.Join(", ", placed.Take(MaxNamed))}{(placed.Length > MaxNamed ? $" and {placed.Length - MaxNamed} more" : "")} would count as serving again: delete what is placed on {name} first, or place it elsewhere");
            }

            if (!store.Remove(name, Done(author, "delete", name, "")))
            {
                return false;
            }
        }

        Deleted?.Invoke(name);
        return true;
    }

    /// <summary>The node as it is now: it may have been cut off since it was authenticated.</summary>
    /// <exception cref="NodeException">It was.</exception>
    private NodeRecord Current(NodeRecord node, string peer, string what) => store.FindNode(node.Name) switch
    {
        { State: NodeState.Evicted } => throw Refuse(NodeRefusal.Evicted, peer, what, node.Name, $"{node.Name} was evicted"),
        null => throw Refuse(NodeRefusal.UnknownNode, peer, what, node.Name, $"{node.Name} was deleted"),
        { } current => current,
    };

    private SignedCertificate Sign(ReadOnlyMemory<byte> request, SpiffeId id, string peer, string what)
    {
        try
        {
            var signed = SignedCertificate.Of(authority.Sign(request, id));
            Interlocked.Increment(ref _signed);
            return signed;
        }
        catch (CertificateRequestRefusedException exception)
        {
            throw Refuse(NodeRefusal.BadRequest, peer, what, id.ToString(), exception.Message);
        }
    }

    private AuditEntry Done(string who, string what, string subject, string detail) => new(time.GetUtcNow(), who, what, subject, true, detail);

    private NodeException Refuse(NodeRefusal refusal, string peer, string what, string subject, string detail) =>
        refusals.Refuse(refusal, peer, what, subject, detail);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} joined from {Peer}")]
    private partial void LogJoined(string node, string peer);

    [LoggerMessage(Level = LogLevel.Error, Message = "That {Node} has its new certificate cannot be kept: {Problem}")]
    private partial void LogNotKept(string node, string problem);
}
