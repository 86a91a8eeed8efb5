namespace NodeMesh.Controller.Store;

/// <summary>
/// Keeps the mesh: resources with their history, nodes, tokens, the audit log. Every change is kept whole and for good before its call returns, or
/// not at all. Calls block, and come from any thread; revisions are committed by one at a time. A <see cref="StoreException"/> says that a change was not
/// kept.
/// </summary>
internal interface IMeshStore : IDisposable
{
    /// <summary>The number of the newest revision; 0 before the first.</summary>
    long Newest { get; }

    /// <summary>The number of the oldest revision that is kept: of those before it nothing can be told. 1 while none was removed.</summary>
    long Oldest { get; }

    /// <summary>Every resource there is.</summary>
    IReadOnlyList<StoredResource> Resources();

    /// <summary>Keeps a revision, the next in number, and removes the oldest ones where there are more than are wanted.</summary>
    Revision Commit(string author, string reason, IReadOnlyList<RevisionChange> changes);

    /// <summary>Revisions before a number, newest first.</summary>
    IReadOnlyList<Revision> Revisions(long before, int limit);

    /// <summary>What a revision changed; empty when there is none of that number, and nothing to go by when it is older than <see cref="Oldest"/> afterwards.</summary>
    IReadOnlyList<RevisionChange> Changes(long revision);

    /// <summary>What all revisions after this one changed together: each resource as it was under this one, which is no older than <see cref="Oldest"/>, and as it is now.</summary>
    IReadOnlyList<RevisionChange> ChangesSince(long revision);

    IReadOnlyList<NodeRecord> Nodes();

    NodeRecord? FindNode(string name);

    /// <param name="entry">What the audit log is to say of it; both are kept, or neither.</param>
    void Put(NodeRecord node, AuditEntry? entry = null);

    /// <summary>Removes a node and every right to join under its name, and keeps what the audit log says of it: all or nothing. False when there is neither.</summary>
    bool Remove(string node, AuditEntry entry);

    /// <inheritdoc cref="Put"/>
    void Add(JoinToken token, AuditEntry entry);

    JoinToken? FindToken(string hash);

    /// <summary>Uses a token and keeps the node that joined with it and what the audit log says of it: all or nothing. False when the token was used meanwhile.</summary>
    bool TryJoin(JoinToken token, NodeRecord node, AuditEntry entry);

    void Add(AuditEntry entry);

    /// <summary>Entries of the audit log before a number, newest first.</summary>
    IReadOnlyList<AuditEntry> Audit(long before, int limit);
}
