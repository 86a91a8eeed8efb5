using System.Runtime.InteropServices;
using SQLitePCL;

namespace NodeMesh.Controller.Store;

/// <summary>Makes the SQLite of the distribution, which gets its security updates, the one that is used.</summary>
internal static class SystemSqlite
{
    private const string Library = "libsqlite3.so.0";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <exception cref="StoreException">It is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        if (!NativeLibrary.TryLoad(Library, out var handle))
        {
            throw new StoreException($"{Library} is not installed; apt-get install libsqlite3-0, or dnf install sqlite-libs");
        }

        // The provider imports "sqlite3", a name that only the development package has a file for.
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_sqlite3).Assembly, (_, _, _) => handle);
        raw.SetProvider(new SQLite3Provider_sqlite3());
        return true;
    }
}
