using System.Globalization;
using Microsoft.Data.Sqlite;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Store;

/// <summary>
/// The store in one SQLite file: a write-ahead log, synchronised to the disk with every commit. One connection, used by one thread at a time.
/// </summary>
internal sealed partial class SqliteStore : IMeshStore
{
    private const int Full = 13;

    /// <summary>What each format of the file has that the one before it has not.</summary>
    private static readonly string[] Formats =
    [
        """
        CREATE TABLE revisions (number INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, changes INTEGER NOT NULL);
        CREATE TABLE resources (
          kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, yaml BLOB NOT NULL,
          PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
        CREATE TABLE history (
          kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL REFERENCES revisions, yaml BLOB,
          PRIMARY KEY (kind, namespace, name, revision)) WITHOUT ROWID;
        CREATE INDEX history_by_revision ON history (revision);
        CREATE TABLE nodes (name TEXT PRIMARY KEY, state INTEGER NOT NULL, joined TEXT NOT NULL, serial TEXT NOT NULL, next_serial TEXT, not_after TEXT NOT NULL);
        CREATE TABLE tokens (hash TEXT PRIMARY KEY, node TEXT NOT NULL, expires TEXT NOT NULL, used TEXT);
        CREATE TABLE audit (
          number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL, allowed INTEGER NOT NULL,
          detail TEXT NOT NULL);
        """,
        "CREATE TABLE horizon (oldest INTEGER NOT NULL); INSERT INTO horizon VALUES (1);",
    ];

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly int _history;
    private readonly TimeProvider _time;

    /// <summary>Opens the file, and makes it, readable for its owner alone, where there is none.</summary>
    /// <param name="history">How many of the newest revisions are kept at the least.</param>
    /// <exception cref="StoreException">It cannot be used.</exception>
    public SqliteStore(string path, int history, TimeProvider time)
    {
        SystemSqlite.EnsureLoaded();
        (_path, _history, _time) = (path, history, time);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            if (!File.Exists(path))
            {
                File.Open(path, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }).Dispose();
            }

            _connection.Open();
            Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
            Migrate();
            Newest = Query("SELECT coalesce(max(number), 0) FROM revisions", row => row.GetInt64(0))[0];
            Oldest = Query("SELECT oldest FROM horizon", row => row.GetInt64(0))[0];
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            _connection.Dispose();
            throw new StoreException($"{path} cannot be used as the store: {exception.Message}", exception);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public IReadOnlyList<StoredResource> Resources() => Query(
        "SELECT kind, namespace, name, revision, yaml, (SELECT at FROM revisions WHERE number = revision) FROM resources ORDER BY kind, namespace, name",
        row => new StoredResource(ReadKey(row), row.GetInt64(3), Time(row.GetString(5)), ReadBlob(row, 4)!.Value));

    public void Dispose() => _connection.Dispose();

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static ResourceKey ReadKey(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));

    private static ReadOnlyMemory<byte>? ReadBlob(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? default(ReadOnlyMemory<byte>?) : row.GetFieldValue<byte[]>(column);

    private void Migrate()
    {
        var version = Query("PRAGMA user_version", row => row.GetInt32(0))[0];
        if (version > Formats.Length)
        {
            throw new StoreException($"{_path} was made by a newer version of nodemesh-controller (format {version}; this one knows {Formats.Length})");
        }

        for (var next = version + 1; next <= Formats.Length; next++)
        {
            var sql = $"{Formats[next - 1]} PRAGMA user_version = {next};";
            Change(() =>
            {
                Execute(sql);
                return true;
            });
        }
    }

    /// <summary>Runs a change to its commit, or leaves everything as it was.</summary>
    /// <param name="change">False to give it up.</param>
    private bool Change(Func<bool> change)
    {
        lock (_gate)
        {
            try
            {
                using var transaction = _connection.BeginTransaction();
                var wanted = change();
                if (wanted)
                {
                    transaction.Commit();
                }

                return wanted;
            }
            catch (SqliteException exception)
            {
                var what = exception.SqliteErrorCode == Full ? "the disk is full; make room, nothing was changed" : exception.Message;
                throw new StoreException($"{_path}: {what}", exception);
            }
        }
    }

    /// <returns>How many rows were concerned.</returns>
    private int Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        lock (_gate)
        {
            using var command = Command(sql, parameters);
            using var rows = command.ExecuteReader();
            var result = new List<T>();
            while (rows.Read())
            {
                result.Add(read(rows));
            }

            return result;
        }
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        // Within the transaction that is under way, if one is.
        var command = _connection.CreateCommand();

        // Every text of SQL is a constant of this class; values are parameters.
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
