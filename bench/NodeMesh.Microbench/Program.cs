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
    BenchmarkSwitcher.FromAssembly(typeof(AllocationBudgets).Assembly).Run(args);
    return 0;
}
