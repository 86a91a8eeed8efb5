namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>
/// A latency estimate that jumps to a slow sample at once and forgets it exponentially, with a time constant of 10 s (Finagle's peak EWMA).
/// Any thread may observe and read; the estimate and its time are one 64-bit word, changed by compare and swap.
/// </summary>
public sealed class PeakEwma
{
    private const double DecaySeconds = 10;
    private const float FirstEstimateSeconds = 0.030f;

    // Upper half: the estimate in seconds as float bits; lower half: when it was made, in milliseconds modulo 2^32. Zero: never observed.
    private long _word;

    /// <summary>Whether there was a sample.</summary>
    public bool IsObserved => Volatile.Read(ref _word) != 0;

    /// <summary>The estimate as of now; 30 ms before the first sample.</summary>
    public TimeSpan Read(TimeProvider time)
    {
        var word = Volatile.Read(ref _word);
        return TimeSpan.FromSeconds(word == 0 ? FirstEstimateSeconds : Estimate(word) * Remaining(word, Now(time)));
    }

    public void Observe(TimeSpan roundTrip, TimeProvider time)
    {
        var sample = Math.Max(0, roundTrip.TotalSeconds);
        var now = Now(time);
        while (true)
        {
            var word = Volatile.Read(ref _word);
            var estimate = word == 0 ? FirstEstimateSeconds : Estimate(word);
            var weight = word == 0 ? 0 : Remaining(word, now);
            var next = sample > estimate ? sample : (estimate * weight) + (sample * (1 - weight));

            // The smallest float keeps the word from being the zero that means "never".
            var bits = BitConverter.SingleToInt32Bits(Math.Max(float.Epsilon, (float)next));
            if (Interlocked.CompareExchange(ref _word, ((long)bits << 32) | now, word) == word)
            {
                return;
            }
        }
    }

    private static uint Now(TimeProvider time) => unchecked((uint)(time.GetTimestamp() * 1000.0 / time.TimestampFrequency % uint.MaxValue));

    private static double Estimate(long word) => BitConverter.Int32BitsToSingle((int)(word >> 32));

    private static double Remaining(long word, uint now) => Math.Exp(-unchecked(now - (uint)word) / 1000.0 / DecaySeconds);
}
