using System.Diagnostics;
using NodeMesh.Linux.Cgroups;

namespace NodeMesh.Linux.Tests.Cgroups;

/// <summary>A cgroup made by a test under the machine's v2 hierarchy, removed with it. Needs root.</summary>
internal sealed class TestCgroup : IDisposable
{
    private readonly string _top;

    public TestCgroup(CgroupHierarchy hierarchy, string below = "")
    {
        var top = $"/nodemesh-test-{Guid.NewGuid():N}.slice";
        Path = top + below;
        _top = hierarchy.FullPath(top);
        Directory = hierarchy.FullPath(Path);
        System.IO.Directory.CreateDirectory(Directory);
    }

    public string Path { get; }

    public string Directory { get; }

    public void Dispose()
    {
        // A killed process leaves its cgroup a moment after it was waited for.
        var patience = Stopwatch.StartNew();
        foreach (var directory in System.IO.Directory.EnumerateDirectories(_top, "*", SearchOption.AllDirectories).Prepend(_top).OrderByDescending(d => d.Length))
        {
            while (true)
            {
                try
                {
                    System.IO.Directory.Delete(directory);
                    break;
                }
                catch (IOException) when (patience.Elapsed < TimeSpan.FromSeconds(10))
                {
                    Thread.Yield();
                }
            }
        }
    }
}
