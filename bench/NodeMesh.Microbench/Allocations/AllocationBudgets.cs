using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Allocations;

/// <summary>All budgets of the data path. Checked by scripts/test.sh.</summary>
internal static class AllocationBudgets
{
    private const int Small = 100;

    // As much as one buffer holds: over a mesh link it goes as two frames.
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

    /// <summary>Prints each; 1 when one is exceeded.</summary>
    public static async Task<int> RunAsync(TextWriter output)
    {
        var failed = 0;
        foreach (var budget in All)
        {
            var outcome = await budget.CheckAsync();
            failed += outcome.Passed ? 0 : 1;
            await output.WriteLineAsync(outcome.ToString());
        }

        await output.WriteLineAsync($"{All.Length - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }
}
