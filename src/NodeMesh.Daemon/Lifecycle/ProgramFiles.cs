using System.Reflection;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// The files that the program consists of. An upgrade puts others into their place while this process still carries connections, and the runtime opens an
/// assembly only when something of it is first used: the daemon would go on with code of two versions. Stateless.
/// <para>
/// Those of the framework and of libraries are left to be opened by need: to have all of them open costs 5 MB, and they are others only when a release
/// brings another version of them.
/// </para>
/// </summary>
internal static class ProgramFiles
{
    /// <summary>Opens our own. Takes a moment, on any thread; once the daemon serves.</summary>
    public static void OpenOwn()
    {
        var all = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator).Select(Path.GetFileNameWithoutExtension);
        foreach (var name in all.Where(name => name!.StartsWith("NodeMesh.", StringComparison.Ordinal)))
        {
            Assembly.Load(new AssemblyName(name!));
        }
    }
}
