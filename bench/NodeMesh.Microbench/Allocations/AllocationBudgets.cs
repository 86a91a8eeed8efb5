using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Allocations;

/// <summary>All budgets of the data path. Checked by scripts/test.sh.</summary>
internal static class AllocationBudgets
{
    private const int Small = 100;

    // A little more than one receive takes: over a mesh link it goes as two frames.
    private const int Full = 16 * 1024;

    private static readonly AllocationBudget[] All =
    [
        new(() => new PlainRelay(), 1, Small, 20_000),
        new(() => new PlainRelay(), 32, Small, 20_000),
        new(() => new PlainRelay(), 1, Full, 10_000),
        new(() => new MeshRelay(), 1, Small, 20_000),
        new(() => new MeshRelay(), 32, Small, 20_000),
        new(() => new MeshRelay(), 1, Full, 10_000),
    ];

    /// <summary>Prints each, and what single operations allocate against <paramref name="file"/>; 1 when one is exceeded.</summary>
    public static async Task<int> RunAsync(string file, TextWriter output)
    {
        var (passed, failed) = OperationAllocations.Compare(file, output);
        foreach (var budget in All)
        {
            var outcome = await budget.CheckAsync();
            _ = outcome.Passed ? passed++ : failed++;
            await output.WriteLineAsync(outcome.ToString());
        }

        await output.WriteLineAsync($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }
}
