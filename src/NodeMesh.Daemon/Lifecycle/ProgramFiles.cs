using System.Reflection;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// The files that the program consists of. An upgrade puts others into their place while this process still carries connections, and the runtime opens an
/// assembly only when something of it is first used: the daemon would go on with code of two versions. Stateless.
/// </summary>
internal static class ProgramFiles
{
    /// <summary>Opens all of them. Takes a moment, on any thread; once the daemon serves.</summary>
    public static void OpenAll()
    {
        var all = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator);
        foreach (var file in all.Where(file => file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal)))
        {
            Assembly.Load(new AssemblyName(Path.GetFileNameWithoutExtension(file)));
        }
    }
}
