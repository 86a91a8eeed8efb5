using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Allocations;

/// <summary>How much managed memory the loops of a path may allocate for messages of one size on so many connections at once: nothing.</summary>
internal sealed record AllocationBudget(Func<IRelayPath> CreatePath, int Connections, int MessageSize, int Messages)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Measures, and says what came out.</summary>
    public async Task<AllocationOutcome> CheckAsync()
    {
        await using var path = CreatePath();
        var application = await path.ConnectAsync(Connections);
        var readings = path.Nodes.Select(node => new LoopReading(node.Loop)).ToArray();
        var message = new byte[MessageSize];
        var rounds = Messages / Connections;
        Exchange(rounds / 2);
        _ = Total();

        var before = Total();
        Exchange(rounds);
        var allocated = Total() - before;
        var held = await HeldBuffersAsync(path);
        var subject = $"{path.Name}, {Connections} connections, {MessageSize} bytes";
        return new AllocationOutcome(subject, allocated, rounds * Connections * 2, held);

        void Exchange(int count)
        {
            for (var i = 0; i < count; i++)
            {
                application.Exchange(message);
            }
        }

        long Total() => readings.Sum(reading => reading.Take());
    }

    /// <summary>Buffers that the loops still hold although all connections are silent; the answers were received, so at most a turn may be left.</summary>
    private static async Task<int> HeldBuffersAsync(IRelayPath path)
    {
        var began = TimeProvider.System.GetTimestamp();
        int held;
        do
        {
            held = path.Nodes.Sum(node => node.Loop.Statistics().BuffersRented);
            if (held > 0)
            {
                await Task.Yield();
            }
        }
        while (held > 0 && TimeProvider.System.GetElapsedTime(began) < Patience);
        return held;
    }
}
