using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Tests.Timers;

public sealed class TimerWheelTests
{
    private const int Tick = TimerWheel.TickMilliseconds;
    private const long Reach = 1L << 30;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 123_456_789)]
    [InlineData(3, ((1L << 18) * Tick) - 1)]
    [InlineData(4, long.MaxValue / 1000)]
    public void It_fires_what_a_sorted_list_fires(int seed, long start)
    {
        var random = new Random(seed);
        var now = start;
        var wheel = new TimerWheel(now);
        var model = new SortedListTimers(now / Tick);
        var fired = new List<int>();
        var timers = Enumerable.Range(0, 60).Select(id => new TestTimer(id, fired)).ToArray();
        foreach (var timer in timers)
        {
            timer.Rearm = delay => wheel.Arm(timer, now, delay);
        }

        for (var step = 0; step < 20_000; step++)
        {
            var timer = timers[random.Next(timers.Length)];
            switch (random.Next(8))
            {
                case < 3:
                    var delay = RandomDelay(random);
                    var again = Enumerable.Range(0, random.Next(3)).Select(_ => RandomDelay(random)).ToArray();
                    timer.Again = new Queue<TimeSpan>(again);
                    wheel.Arm(timer, now, delay);
                    model.Arm(timer.Id, now, delay, again);
                    break;
                case 3:
                    wheel.Disarm(timer);
                    model.Disarm(timer.Id);
                    break;
                default:
                    now = NextNow(random, now);
                    fired.Clear();
                    wheel.Advance(now);
                    Assert.Equal(model.Advance(now).Order(), fired.Order());
                    break;
            }

            Assert.Equal(model.Count, wheel.Count);
            Assert.Equal(model.Contains(timer.Id), timer.IsArmed);
            var wait = wheel.MillisecondsToNext(now);
            Assert.Equal(model.Count == 0, wait < 0);
            Assert.True(model.Count == 0 || wait <= Math.Max(model.NextMilliseconds - now, 0), "the loop would sleep past a deadline");
        }
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(16_777_216)]
    [InlineData(16_777_217)]
    [InlineData(1_073_741_823)]
    public void A_timer_fires_at_its_tick_whichever_wheel_it_began_on(long ticks)
    {
        foreach (var begin in new long[] { 0, 1, 62, 63, 64, 4095, 4096, 262_143 })
        {
            var fired = new List<int>();
            var wheel = new TimerWheel(begin * Tick);
            wheel.Arm(new TestTimer(0, fired), begin * Tick, TimeSpan.FromMilliseconds(ticks * Tick));

            wheel.Advance((begin + ticks - 1) * Tick);
            Assert.Empty(fired);
            wheel.Advance((begin + ticks) * Tick);
            Assert.Single(fired);
        }
    }

    [Fact]
    public void Following_the_waits_it_gives_costs_few_turns_and_is_never_late()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(0);
        wheel.Arm(new TestTimer(0, fired), 0, TimeSpan.FromDays(40));
        var now = 0L;
        var turns = 0;
        while (fired.Count == 0)
        {
            now += wheel.MillisecondsToNext(now);
            wheel.Advance(now);
            turns++;
        }

        Assert.Equal((long)TimeSpan.FromDays(40).TotalMilliseconds, now);
        Assert.InRange(turns, 1, 5);
    }

    [Fact]
    public void A_delay_beyond_its_reach_is_cut_to_49_days()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(0);
        wheel.Arm(new TestTimer(0, fired), 0, TimeSpan.MaxValue);

        wheel.Advance((Reach - 2) * Tick);
        Assert.Empty(fired);
        wheel.Advance(Reach * Tick);
        Assert.Single(fired);
    }

    [Fact]
    public void A_timer_that_throws_does_not_make_the_others_late()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(0);
        for (var id = 0; id < 10; id++)
        {
            var timer = new TestTimer(id, fired) { Again = new Queue<TimeSpan>([default]) };
            timer.Rearm = _ => throw new InvalidOperationException($"timer {timer.Id}");
            wheel.Arm(timer, 0, TimeSpan.FromMilliseconds(100));
        }

        for (var i = 0; i < 10; i++)
        {
            Assert.Throws<InvalidOperationException>(() => wheel.Advance(100));
        }

        wheel.Advance(100);
        Assert.Equal(Enumerable.Range(0, 10), fired.Order());
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void A_timer_may_disarm_another_of_the_same_tick()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(0);
        var timers = new TestTimer[2];
        for (var id = 0; id < 2; id++)
        {
            var other = 1 - id;
            timers[id] = new TestTimer(id, fired) { Again = new Queue<TimeSpan>([default]), Rearm = _ => wheel.Disarm(timers[other]) };
            wheel.Arm(timers[id], 0, TimeSpan.FromMilliseconds(50));
        }

        wheel.Advance(1000);
        Assert.Single(fired);
        Assert.Equal(0, wheel.Count);
    }

    /// <summary>From nothing to beyond the wheel's reach, each order of magnitude alike.</summary>
    private static TimeSpan RandomDelay(Random random) => random.Next(10) switch
    {
        0 => TimeSpan.Zero,
        1 => TimeSpan.FromMilliseconds(-random.Next(1000)),
        2 => TimeSpan.FromMilliseconds(Tick * Math.Pow(64, random.Next(1, 6))),
        _ => TimeSpan.FromMilliseconds(Math.Pow(10, random.NextDouble() * 10)),
    };

    private static long NextNow(Random random, long now)
    {
        var step = random.Next(6) switch
        {
            0 => 0,
            1 => random.Next(Tick + 1),
            2 => ToEdge(now, Tick * (1L << (6 * random.Next(1, 4)))) + random.Next(-1, 2),
            3 => random.Next(1000),
            4 => random.Next(300_000),
            _ => (long)Math.Pow(10, random.NextDouble() * 9.5),
        };
        return now + Math.Max(step, 0);
    }

    private static long ToEdge(long now, long size) => size - (now % size);

    private sealed class TestTimer(int id, List<int> fired) : LoopTimer
    {
        public int Id { get; } = id;

        public Queue<TimeSpan> Again { get; set; } = new();

        public Action<TimeSpan> Rearm { get; set; } = _ => { };

        protected internal override void OnExpired()
        {
            fired.Add(Id);
            if (Again.TryDequeue(out var delay))
            {
                Rearm(delay);
            }
        }
    }

    /// <summary>What the wheel is compared with: a list that is searched from end to end.</summary>
    private sealed class SortedListTimers(long tick)
    {
        private readonly Dictionary<int, (long Due, Queue<TimeSpan> Again)> _armed = [];
        private long _tick = tick;

        public int Count => _armed.Count;

        public long NextMilliseconds => _armed.Values.Min(t => t.Due) * Tick;

        public bool Contains(int id) => _armed.ContainsKey(id);

        public void Disarm(int id) => _armed.Remove(id);

        public void Arm(int id, long now, TimeSpan delay, IEnumerable<TimeSpan> again)
        {
            var due = (now + (long)Math.Ceiling(Math.Max(delay.TotalMilliseconds, 0)) + Tick - 1) / Tick;
            _armed[id] = (Math.Clamp(due, _tick + 1, _tick + Reach - 1), new Queue<TimeSpan>(again));
        }

        public List<int> Advance(long now)
        {
            var fired = new List<int>();
            while (_armed.Count > 0)
            {
                var (id, (due, again)) = _armed.MinBy(t => t.Value.Due);
                if (due > now / Tick)
                {
                    break;
                }

                _tick = due;
                _armed.Remove(id);
                fired.Add(id);
                if (again.TryDequeue(out var delay))
                {
                    Arm(id, now, delay, again);
                }
            }

            _tick = Math.Max(_tick, now / Tick);
            return fired;
        }
    }
}
