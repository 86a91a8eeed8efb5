namespace NodeMesh.Microbench.Environments;

/// <summary>A way between two applications through one or more nodes.</summary>
internal interface IRelayPath : IAsyncDisposable
{
    string Name { get; }

    IReadOnlyList<BenchNode> Nodes { get; }

    /// <summary>Opens so many connections and gives the applications at their ends.</summary>
    Task<Application> ConnectAsync(int connections);
}
