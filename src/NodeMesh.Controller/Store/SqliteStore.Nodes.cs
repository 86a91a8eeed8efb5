using Microsoft.Data.Sqlite;

namespace NodeMesh.Controller.Store;

/// <summary>Nodes, tokens and the audit log.</summary>
internal sealed partial class SqliteStore
{
    /// <summary>Entries of the audit log that are kept: years of a mesh of some hundred nodes, in some hundred megabytes.</summary>
    private const int MaxAudit = 2_000_000;

    /// <summary>How long a token is remembered after its end, so that who shows it is told that it ended or was used.</summary>
    private static readonly TimeSpan TokenMemory = TimeSpan.FromDays(90);

    public IReadOnlyList<NodeRecord> Nodes() => Query("SELECT name, state, joined, serial, next_serial, not_after FROM nodes ORDER BY name", ReadNode);

    public NodeRecord? FindNode(string name) =>
        Query("SELECT name, state, joined, serial, next_serial, not_after FROM nodes WHERE name = $name", ReadNode, ("$name", name)).SingleOrDefault();

    public void Put(NodeRecord node, AuditEntry? entry = null) => Change(() =>
    {
        Keep(node);
        if (entry is not null)
        {
            Keep(entry);
        }

        return true;
    });

    public bool Remove(string node, AuditEntry entry) => Change(() =>
    {
        // Who shows a token that was used is told so also after this.
        var removed = Execute("DELETE FROM nodes WHERE name = $node", ("$node", node))
            + Execute("DELETE FROM tokens WHERE node = $node AND used IS NULL", ("$node", node));
        if (removed == 0)
        {
            return false;
        }

        Keep(entry);
        return true;
    });

    public void Add(JoinToken token, AuditEntry entry) => Change(() =>
    {
        Execute("DELETE FROM tokens WHERE expires < $long_ago", ("$long_ago", Text(_time.GetUtcNow() - TokenMemory)));
        Execute(
            "INSERT INTO tokens VALUES ($hash, $node, $expires, NULL)",
            ("$hash", token.Hash), ("$node", token.Node), ("$expires", Text(token.ExpiresAt)));
        Keep(entry);
        return true;
    });

    public JoinToken? FindToken(string hash) => Query(
        "SELECT hash, node, expires, used FROM tokens WHERE hash = $hash",
        row => new JoinToken(row.GetString(0), row.GetString(1), Time(row.GetString(2)), row.IsDBNull(3) ? null : Time(row.GetString(3))),
        ("$hash", hash)).SingleOrDefault();

    public bool TryJoin(JoinToken token, NodeRecord node, AuditEntry entry) => Change(() =>
    {
        if (Execute(
            "UPDATE tokens SET used = $used WHERE hash = $hash AND used IS NULL", ("$used", Text(_time.GetUtcNow())), ("$hash", token.Hash)) == 0)
        {
            return false;
        }

        Keep(node);
        Keep(entry);
        return true;
    });

    public void Add(AuditEntry entry) => Change(() =>
    {
        Keep(entry);
        return true;
    });

    public IReadOnlyList<AuditEntry> Audit(long before, int limit) => Query(
        "SELECT at, who, what, subject, allowed, detail, number FROM audit WHERE number < $before ORDER BY number DESC LIMIT $limit",
        row => new AuditEntry(
            Time(row.GetString(0)), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetString(5), row.GetInt64(6)),
        ("$before", before), ("$limit", limit));

    private static NodeRecord ReadNode(SqliteDataReader row) => new(
        row.GetString(0), (NodeState)row.GetInt32(1), Time(row.GetString(2)), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), Time(row.GetString(5)));

    private void Keep(AuditEntry entry)
    {
        Execute(
            "INSERT INTO audit VALUES (NULL, $at, $who, $what, $subject, $allowed, $detail)",
            ("$at", Text(entry.At)),
            ("$who", entry.Who),
            ("$what", entry.What),
            ("$subject", entry.Subject),
            ("$allowed", entry.Allowed),
            ("$detail", entry.Detail));
        Execute("DELETE FROM audit WHERE number <= last_insert_rowid() - $most", ("$most", MaxAudit));
    }

    private void Keep(NodeRecord node) => Execute(
        "INSERT OR REPLACE INTO nodes VALUES ($name, $state, $joined, $serial, $next, $not_after)",
        ("$name", node.Name),
        ("$state", (int)node.State),
        ("$joined", Text(node.JoinedAt)),
        ("$serial", node.Serial),
        ("$next", (object?)node.NextSerial ?? DBNull.Value),
        ("$not_after", Text(node.NotAfter)));
}
