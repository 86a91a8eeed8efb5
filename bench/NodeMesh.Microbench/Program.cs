using BenchmarkDotNet.Running;
using NodeMesh.Microbench.Allocations;

switch (args)
{
    case ["--allocations", var file]:
        return await AllocationBudgets.RunAsync(file, Console.Out);
    case ["--record-allocations", var file]:
        OperationAllocations.Record(file);
        return 0;
    default:
        return RunBenchmarks(args);
}

static int RunBenchmarks(string[] args)
{
    var summaries = BenchmarkSwitcher.FromAssembly(typeof(AllocationBudgets).Assembly).Run(args);
    return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
}
