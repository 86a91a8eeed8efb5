using System.Diagnostics;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>Waits for a condition instead of for a time.</summary>
internal static class Until
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Returns as soon as the condition holds; throws <see cref="TimeoutException"/>, naming it, when it never does.</summary>
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, timeout);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null)
    {
        var limit = timeout ?? DefaultTimeout;
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s in vain for: {what}");
            }

            await Task.Delay(10);
        }
    }
}
