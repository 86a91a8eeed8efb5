using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;
using NodeMesh.Microbench.Benchmarks;

namespace NodeMesh.Microbench.Allocations;

/// <summary>
/// What one operation of each benchmark allocates, in bytes: held against a file of lines <c>Class.Method bytes</c>,
/// exactly. Less than the file says is a failure as well, so that the file stays true.
/// </summary>
internal static class OperationAllocations
{
    private const int Operations = 2_000;
    private const int Tries = 3;

    private static readonly Type[] Measured =
    [
        typeof(DecisionBenchmarks),
        typeof(Http1Benchmarks),
        typeof(Http2Benchmarks),
        typeof(LoopBenchmarks),
        typeof(SocketBenchmarks),
        typeof(TelemetryBenchmarks),
    ];

    /// <summary>Writes the file anew.</summary>
    public static void Record(string file) =>
        File.WriteAllLines(file, Measure().Select(operation => string.Create(CultureInfo.InvariantCulture, $"{operation.Name} {operation.Bytes}")));

    /// <summary>Prints each operation, and what the file says where that differs.</summary>
    /// <returns>How many agree and how many do not.</returns>
    public static (int Passed, int Failed) Compare(string file, TextWriter output)
    {
        var expected = File.ReadLines(file).Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        var passed = 0;
        var failed = 0;
        foreach (var (name, bytes) in Measure())
        {
            var measured = bytes.ToString(CultureInfo.InvariantCulture);
            var agrees = expected.Remove(name, out var said) && string.Equals(said, measured, StringComparison.Ordinal);
            output.WriteLine($"{name,-50} {measured} bytes per operation: {(agrees ? "ok" : $"{Path.GetFileName(file)} says {said ?? "nothing"}")}");
            _ = agrees ? passed++ : failed++;
        }

        foreach (var name in expected.Keys)
        {
            output.WriteLine($"{name,-50} is in {Path.GetFileName(file)} and is no benchmark");
            failed++;
        }

        return (passed, failed);
    }

    private static IEnumerable<(string Name, long Bytes)> Measure()
    {
        foreach (var type in Measured)
        {
            var subject = Activator.CreateInstance(type)!;
            Call<GlobalSetupAttribute>(subject);
            foreach (var method in type.GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute))).OrderBy(method => method.Name, StringComparer.Ordinal))
            {
                yield return ($"{type.Name}.{method.Name}", Measure(ActionOf(subject, method)));
            }

            Call<GlobalCleanupAttribute>(subject);
        }
    }

    // The least of several tries: what something grows to once is no cost of an operation. Rounded up, as what allocates now and then allocates. Of all threads:
    // some of the work is a loop's.
    private static long Measure(Action operation)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt <= Tries; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Operations; i++)
            {
                operation();
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return (least + Operations - 1) / Operations;
    }

    private static void Call<TAttribute>(object subject)
        where TAttribute : Attribute
    {
        foreach (var method in subject.GetType().GetMethods().Where(method => method.IsDefined(typeof(TAttribute))))
        {
            method.Invoke(subject, null);
        }
    }

    private static Action ActionOf(object subject, MethodInfo method) => method.ReturnType == typeof(void)
        ? method.CreateDelegate<Action>(subject)
        : (Action)typeof(OperationAllocations).GetMethod(nameof(Discarding), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(method.ReturnType).Invoke(null, [subject, method])!;

    private static Action Discarding<T>(object subject, MethodInfo method)
    {
        var function = method.CreateDelegate<Func<T>>(subject);
        return () => _ = function();
    }
}
