namespace NodeMesh.Controller.Store;

/// <summary>
/// Revisions and what they changed. Of those that are kept no more there stays what later ones stand on: of each resource the last state before them, and when it was made.
/// </summary>
internal sealed partial class SqliteStore
{
    /// <summary>What one change removes of the history at the most, so that it never takes much longer than the one before it: but a whole revision at the least.</summary>
    private const int MaxForgottenRevisions = 100;
    private const int MaxForgottenChanges = 1_000;

    /// <summary>What some revisions made of a resource (<c>newer</c>), and what was before (<c>older</c>).</summary>
    private const string Superseded = """
        FROM history AS newer INDEXED BY history_by_revision JOIN history AS older
        ON older.kind = newer.kind AND older.namespace = newer.namespace AND older.name = newer.name AND older.revision < newer.revision
        WHERE newer.revision >= $from AND newer.revision < $to
        """;

    private const string IsAbandoned = "NOT EXISTS (SELECT 1 FROM history WHERE history.revision = revisions.number)";

    public long Newest { get; private set; }

    public long Oldest { get; private set; }

    public Revision Commit(string author, string reason, IReadOnlyList<RevisionChange> changes)
    {
        var revision = new Revision(Newest + 1, _time.GetUtcNow(), author, reason, changes.Count);
        lock (_gate)
        {
            var oldest = Oldest;
            Change(() =>
            {
                Execute(
                    "INSERT INTO revisions VALUES ($number, $at, $author, $reason, $changes)",
                    ("$number", revision.Number), ("$at", Text(revision.At)), ("$author", author), ("$reason", reason), ("$changes", changes.Count));
                foreach (var change in changes)
                {
                    Keep(change, revision.Number);
                }

                Keep(new AuditEntry(revision.At, author, "apply", $"revision {revision.Number}", true, reason));
                oldest = Forget(revision.Number);
                return true;
            });

            // Within the lock: whoever reads what is left sees first which is the oldest now.
            (Newest, Oldest) = (revision.Number, oldest);
        }

        return revision;
    }

    public IReadOnlyList<Revision> Revisions(long before, int limit) => Query(
        "SELECT number, at, author, reason, changes FROM revisions WHERE number < $before AND number >= (SELECT oldest FROM horizon) ORDER BY number DESC LIMIT $limit",
        row => new Revision(row.GetInt64(0), Time(row.GetString(1)), row.GetString(2), row.GetString(3), row.GetInt32(4)),
        ("$before", before), ("$limit", limit));

    public IReadOnlyList<RevisionChange> Changes(long revision) => Query(
        """
        SELECT kind, namespace, name, yaml, (
          SELECT older.yaml FROM history AS older
          WHERE older.kind = history.kind AND older.namespace = history.namespace AND older.name = history.name AND older.revision < history.revision
          ORDER BY older.revision DESC LIMIT 1)
        FROM history WHERE revision = $revision ORDER BY kind, namespace, name
        """,
        row => new RevisionChange(ReadKey(row), ReadBlob(row, 4), ReadBlob(row, 3)),
        ("$revision", revision));

    // The index is named: what has changed since is read, and not the history of everything.
    public IReadOnlyList<RevisionChange> ChangesSince(long revision) => Query(
        """
        SELECT kind, namespace, name, (
          SELECT older.yaml FROM history AS older
          WHERE older.kind = history.kind AND older.namespace = history.namespace AND older.name = history.name AND older.revision <= $revision
          ORDER BY older.revision DESC LIMIT 1), (
          SELECT now.yaml FROM resources AS now
          WHERE now.kind = history.kind AND now.namespace = history.namespace AND now.name = history.name)
        FROM history INDEXED BY history_by_revision WHERE revision > $revision GROUP BY kind, namespace, name
        """,
        row => new RevisionChange(ReadKey(row), ReadBlob(row, 3), ReadBlob(row, 4)),
        ("$revision", revision));

    private void Keep(RevisionChange change, long revision)
    {
        object yaml = change.After is { } after ? after.ToArray() : DBNull.Value;
        (string, object)[] values =
        [
            ("$kind", change.Key.Kind), ("$namespace", change.Key.Namespace), ("$name", change.Key.Name), ("$revision", revision), ("$yaml", yaml),
        ];
        Execute("INSERT INTO history VALUES ($kind, $namespace, $name, $revision, $yaml)", values);
        Execute(
            change.After is null
                ? "DELETE FROM resources WHERE kind = $kind AND namespace = $namespace AND name = $name"
                : "INSERT OR REPLACE INTO resources VALUES ($kind, $namespace, $name, $revision, $yaml)",
            values);
    }

    /// <summary>Removes the oldest revisions where there are more than are wanted.</summary>
    /// <param name="newest">The one that is kept with this.</param>
    /// <returns>The oldest that is kept whole from then on.</returns>
    private long Forget(long newest)
    {
        var wanted = newest - _history + 1;
        if (wanted <= Oldest)
        {
            return Oldest;
        }

        var oldest = EndOfForgetting(wanted);
        (string, object)[] range = [("$from", Oldest), ("$to", oldest)];
        var abandoned = Query($"SELECT DISTINCT older.revision {Superseded}", row => row.GetInt64(0), range);
        Execute($"DELETE FROM history WHERE (kind, namespace, name, revision) IN (SELECT older.kind, older.namespace, older.name, older.revision {Superseded})", range);

        // That there was nothing is what is told where nothing stands, too.
        Execute("DELETE FROM history WHERE revision >= $from AND revision < $to AND yaml IS NULL", range);
        foreach (var revision in abandoned.Where(revision => revision < Oldest))
        {
            Execute($"DELETE FROM revisions WHERE number = $number AND {IsAbandoned}", ("$number", revision));
        }

        Execute($"DELETE FROM revisions WHERE number >= $from AND number < $to AND {IsAbandoned}", range);
        Execute("UPDATE horizon SET oldest = $oldest", ("$oldest", oldest));
        return oldest;
    }

    /// <summary>The revision before which is removed in one go.</summary>
    private long EndOfForgetting(long wanted)
    {
        var (end, changes) = (Oldest, 0L);
        foreach (var (number, count) in Query(
            "SELECT number, changes FROM revisions WHERE number >= $oldest AND number < $wanted ORDER BY number LIMIT $most",
            row => (row.GetInt64(0), row.GetInt64(1)),
            ("$oldest", Oldest), ("$wanted", wanted), ("$most", MaxForgottenRevisions)))
        {
            changes += count;
            if (end > Oldest && changes > MaxForgottenChanges)
            {
                break;
            }

            end = number + 1;
        }

        return end;
    }
}
