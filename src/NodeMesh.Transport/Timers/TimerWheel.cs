using System.Numerics;

namespace NodeMesh.Transport.Timers;

/// <summary>
/// Hierarchical timing wheel (Varghese and Lauck, 1987): arming, disarming and firing take constant time and no memory, however many
/// connections wait. Five wheels of 64 slots; with 4 ms ticks they reach 49 days. Owned by one loop.
/// </summary>
public sealed class TimerWheel
{
    /// <summary>Fine enough for a 500 ms request timeout, coarse enough that a busy loop seldom stops for it.</summary>
    public const int TickMilliseconds = 4;

    private const int Levels = 5;
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const long Reach = 1L << (Levels * SlotBits);

    private readonly LoopTimer?[] _heads = new LoopTimer?[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _tick;

    public TimerWheel(long nowMilliseconds) => _tick = nowMilliseconds / TickMilliseconds;

    /// <summary>How many timers are armed.</summary>
    public int Count { get; private set; }

    /// <summary>Arms or re-arms. A timer whose delay is zero or negative fires at the next turn.</summary>
    /// <param name="timer">A timer of this loop.</param>
    /// <param name="nowMilliseconds">The loop's clock.</param>
    /// <param name="delay">At most 49 days; more is cut to that.</param>
    public void Arm(LoopTimer timer, long nowMilliseconds, TimeSpan delay)
    {
        Disarm(timer);
        var dueMilliseconds = nowMilliseconds + (long)Math.Ceiling(Math.Max(delay.TotalMilliseconds, 0));
        var due = (dueMilliseconds + TickMilliseconds - 1) / TickMilliseconds;
        timer.DueTick = Math.Clamp(due, _tick + 1, _tick + Reach - 1);
        Insert(timer);
        Count++;
    }

    public void Disarm(LoopTimer timer)
    {
        if (timer.IsArmed)
        {
            Unlink(timer);
            Count--;
        }
    }

    /// <summary>Milliseconds until something may be due, -1 when nothing is armed. May be early (a wheel turns over), never late.</summary>
    public int MillisecondsToNext(long nowMilliseconds)
    {
        if (Count == 0)
        {
            return -1;
        }

        return (int)Math.Clamp((NextOccupiedTick() * TickMilliseconds) - nowMilliseconds, 0, int.MaxValue);
    }

    /// <summary>Fires all that is due. After an exception out of a timer, the next call goes on with the others.</summary>
    public void Advance(long nowMilliseconds)
    {
        // Only what an exception out of OnExpired left over.
        FireSlot((int)(_tick & (Slots - 1)));

        var target = nowMilliseconds / TickMilliseconds;
        while (_tick < target)
        {
            if (Count == 0)
            {
                _tick = target;
                return;
            }

            // Straight to the next occupied slot: an idle hour costs one step.
            _tick = Math.Min(target, Math.Max(_tick + 1, NextOccupiedTick()));
            Cascade();
            FireSlot((int)(_tick & (Slots - 1)));
        }
    }

    /// <summary>The first tick after the present one whose slot, on any wheel, holds a timer: the slots ahead of each hand, nearest first.</summary>
    private long NextOccupiedTick()
    {
        var next = long.MaxValue;
        for (var level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
            {
                var shift = level * SlotBits;
                var hand = _tick >> shift;
                var rotated = BitOperations.RotateRight(_occupied[level], (int)((hand + 1) & (Slots - 1)));
                next = Math.Min(next, (hand + 1 + BitOperations.TrailingZeroCount(rotated)) << shift);
            }
        }

        return next;
    }

    /// <summary>Where a coarser wheel's hand has moved on, spreads its slot over the finer ones.</summary>
    private void Cascade()
    {
        for (var level = 1; level < Levels; level++)
        {
            if ((_tick & ((1L << (level * SlotBits)) - 1)) != 0)
            {
                return;
            }

            var slot = (level * Slots) + (int)((_tick >> (level * SlotBits)) & (Slots - 1));
            while (_heads[slot] is { } timer)
            {
                Unlink(timer);
                Insert(timer);
            }
        }
    }

    private void FireSlot(int slot)
    {
        while (_heads[slot] is { } timer)
        {
            Unlink(timer);
            if (timer.DueTick > _tick)
            {
                Insert(timer);
                continue;
            }

            Count--;
            timer.OnExpired();
        }
    }

    private void Insert(LoopTimer timer)
    {
        var distance = timer.DueTick - _tick;
        var level = 0;
        while (level < Levels - 1 && distance >= 1L << ((level + 1) * SlotBits))
        {
            level++;
        }

        var index = (int)((timer.DueTick >> (level * SlotBits)) & (Slots - 1));
        var slot = (level * Slots) + index;
        timer.Slot = slot;
        timer.Previous = null;
        timer.Next = _heads[slot];
        if (timer.Next is not null)
        {
            timer.Next.Previous = timer;
        }

        _heads[slot] = timer;
        _occupied[level] |= 1UL << index;
    }

    private void Unlink(LoopTimer timer)
    {
        if (timer.Previous is null)
        {
            _heads[timer.Slot] = timer.Next;
            if (timer.Next is null)
            {
                _occupied[timer.Slot >> SlotBits] &= ~(1UL << (timer.Slot & (Slots - 1)));
            }
        }
        else
        {
            timer.Previous.Next = timer.Next;
        }

        if (timer.Next is not null)
        {
            timer.Next.Previous = timer.Previous;
        }

        timer.Previous = null;
        timer.Next = null;
        timer.Slot = -1;
    }
}
