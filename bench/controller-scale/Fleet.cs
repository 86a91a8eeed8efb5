using System.Collections.Concurrent;

namespace NodeMesh.ControllerScale;

/// <summary>Simulated nodes that joined one controller. Its owner disposes it.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const int JoinsAtOnce = 8;

    private readonly SimulatedNode[] _nodes;

    private Fleet(SimulatedNode[] nodes) => _nodes = nodes;

    public int Count => _nodes.Length;

    /// <summary>How often streams broke.</summary>
    public int Breaks => _nodes.Sum(node => node.Breaks);

    public string? Problem => _nodes.Select(node => node.Problem).FirstOrDefault(problem => problem is not null);

    public static async Task<Fleet> JoinAsync(ControllerProcess controller, int count, Arrivals arrivals)
    {
        var digests = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        SimulatedNode[] nodes = [.. Enumerable.Range(0, count).Select(
            number => new SimulatedNode(ScaleMesh.NodeName(number), controller.Address, arrivals, digests, reads: number == 0))];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce },
            async (number, _) => await nodes[number].JoinAsync(await controller.CreateTokenAsync(ScaleMesh.NodeName(number))));
        return new Fleet(nodes);
    }

    public void Start()
    {
        foreach (var node in _nodes)
        {
            node.Start();
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
}
