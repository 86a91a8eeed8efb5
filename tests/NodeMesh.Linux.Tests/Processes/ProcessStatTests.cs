using System.Text;
using NodeMesh.Linux.Processes;

namespace NodeMesh.Linux.Tests.Processes;

public sealed class ProcessStatTests
{
    private const string After = " S 1 42 42 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 987654 1000 200 18446744073709551615 1 1 0\n";

    [Theory]
    [InlineData("42 (nginx)")]
    [InlineData("42 (a b)")]
    [InlineData("42 (evil) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5)")]
    [InlineData("42 ())")]
    public void The_start_time_is_counted_after_the_last_parenthesis(string name)
    {
        Assert.True(ProcessStat.TryParseStartTime(Encoding.ASCII.GetBytes(name + After), out var ticks));
        Assert.Equal(987654u, ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42 (x")]
    [InlineData("42 (x)")]
    [InlineData("42 (x) S 1 2 3")]
    [InlineData("42 (x) S 1 42 42 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 12x4 5")]
    public void What_is_cut_or_wrong_is_refused(string stat) => Assert.False(ProcessStat.TryParseStartTime(Encoding.ASCII.GetBytes(stat), out _));

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(3);
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = Encoding.ASCII.GetBytes("42 (nginx)" + After)[..random.Next(100)];
            for (var flips = random.Next(8); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            Assert.True(ProcessStat.TryParseStartTime(bytes, out var ticks) || ticks == 0);
        }
    }
}
