namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>What an event loop tells of itself. See docs/admin-api.md.</summary>
internal sealed record LoopMessage
{
    public required int Index { get; init; }

    public required long Turns { get; init; }

    public required double BusySeconds { get; init; }

    public required double LongestTurnSeconds { get; init; }

    public required int Descriptors { get; init; }

    public required int Timers { get; init; }

    public required int BuffersRented { get; init; }

    public required int BuffersIdle { get; init; }
}
