namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>Where the checkout and its built programs are. NODEMESH_BIN names another directory of programs.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Scripts => Path.Combine(Root, "scripts");

    /// <summary>The independent peers, in Python, that the tests talk to; a machine sees them as /run/peers.</summary>
    public static string Peers => Path.Combine(AppContext.BaseDirectory, "Peers");

    /// <summary>The directory of the built programs, whether it exists or not.</summary>
    public static string Programs =>
        Environment.GetEnvironmentVariable("NODEMESH_BIN") is { Length: > 0 } directory
            ? Path.GetFullPath(directory)
            : Path.Combine(Root, "artifacts", "bin");

    /// <summary>Fails with what to do when a program (nodemeshd, nodemeshctl) has not been built.</summary>
    public static void RequireProgram(string name)
    {
        if (!File.Exists(Path.Combine(Programs, name)))
        {
            throw new InvalidOperationException(
                $"{name} is not in {Programs}. Build it with scripts/build.sh, or set NODEMESH_BIN to the directory that holds it.");
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "NodeMesh.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No NodeMesh.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
