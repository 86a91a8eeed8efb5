using BenchmarkDotNet.Running;
using NodeMesh.Microbench.Allocations;

return args is ["--allocations"] ? await AllocationBudgets.RunAsync(Console.Out) : RunBenchmarks(args);

static int RunBenchmarks(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(AllocationBudgets).Assembly).Run(args);
    return 0;
}
