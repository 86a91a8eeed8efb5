namespace NodeMesh.Transport.Loops;

/// <summary>What a loop tells of itself. Read from any thread; each value is consistent in itself.</summary>
/// <param name="Turns">Wake-ups since the start.</param>
/// <param name="Busy">Time spent working, not waiting.</param>
/// <param name="LongestTurn">The longest turn since the last reading: what a connection may have waited.</param>
/// <param name="Descriptors">Registered descriptors.</param>
/// <param name="Timers">Armed timers.</param>
/// <param name="BuffersRented">Buffers in use.</param>
/// <param name="BuffersIdle">Buffers waiting in the pool.</param>
public readonly record struct LoopStatistics(
    long Turns,
    TimeSpan Busy,
    TimeSpan LongestTurn,
    int Descriptors,
    int Timers,
    int BuffersRented,
    int BuffersIdle);
