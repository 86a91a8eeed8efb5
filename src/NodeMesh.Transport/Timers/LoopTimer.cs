namespace NodeMesh.Transport.Timers;

/// <summary>
/// One deadline on a loop's <see cref="TimerWheel"/>, embedded in what it guards by deriving from it: arming allocates nothing.
/// Touched only on the loop. Fires at the deadline or up to one tick later, never before.
/// </summary>
public abstract class LoopTimer
{
    internal LoopTimer? Previous { get; set; }

    internal LoopTimer? Next { get; set; }

    internal int Slot { get; set; } = -1;

    internal long DueTick { get; set; }

    public bool IsArmed => Slot >= 0;

    /// <summary>The deadline has passed. The timer is disarmed before the call and may be armed again in it.</summary>
    protected internal abstract void OnExpired();
}
