namespace NodeMesh.Daemon.Tests;

/// <summary>A directory of a test's own, removed with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nodemeshd-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Make(string name) => Directory.CreateDirectory(File(name)).FullName;

    /// <summary>Writes as editors and tools do it well: beside, then renamed over.</summary>
    public void Replace(string name, string content)
    {
        System.IO.File.WriteAllText(File(name) + ".new", content);
        System.IO.File.Move(File(name) + ".new", File(name), overwrite: true);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
