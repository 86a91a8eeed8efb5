using System.Text;
using NodeMesh.Proxy.Requests.Headers;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

public sealed class GrpcTests
{
    [Theory]
    [InlineData("1H", 3600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("15S", 15_000)]
    [InlineData("00000100m", 100)]
    [InlineData("250000u", 250)]
    [InlineData("99999999n", 100)]
    [InlineData("0m", 0)]
    public void Timeouts_are_read_in_every_unit(string text, int milliseconds)
    {
        Assert.True(GrpcTimeout.TryRead(Fields.Of(("grpc-timeout", text)), out var timeout));
        Assert.InRange(timeout, TimeSpan.FromMilliseconds(milliseconds - 1), TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("1 S")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    public void What_is_no_right_timeout_is_none(string text) => Assert.False(GrpcTimeout.TryRead(Fields.Of(("grpc-timeout", text)), out _));

    [Theory]
    [InlineData(0, "1n")]
    [InlineData(-5, "1n")]
    [InlineData(1, "1u")]
    [InlineData(10, "1u")]
    [InlineData(15_000_000, "1500000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void What_is_left_is_written_in_the_finest_unit_that_has_room(long ticks, string text)
    {
        var headers = Fields.Of(("grpc-timeout", "1H"));
        GrpcTimeout.Set(headers, TimeSpan.FromTicks(ticks));

        Assert.Equal([text], headers.All("grpc-timeout"));
    }

    [Fact]
    public void What_was_written_reads_as_no_less_and_hardly_more()
    {
        var random = new Random(20300108);
        Span<byte> text = stackalloc byte[9];
        for (var i = 0; i < 100_000; i++)
        {
            var left = TimeSpan.FromTicks((long)Math.Exp(random.NextDouble() * 40));
            Assert.True(GrpcTimeout.TryParse(text[..GrpcTimeout.Format(left, text)], out var read));
            Assert.InRange(read.Ticks, left.Ticks, left.Ticks + Math.Max(10, left.Ticks / 99_999));
        }
    }

    [Fact]
    public void Any_bytes_are_taken_only_in_the_form_that_gRPC_gives()
    {
        var random = new Random(20300109);
        var letters = "0123456789HMSmunx -+"u8.ToArray();
        for (var i = 0; i < 200_000; i++)
        {
            var text = new byte[random.Next(11)];
            for (var at = 0; at < text.Length; at++)
            {
                text[at] = letters[random.Next(letters.Length)];
            }

            var plain = Encoding.ASCII.GetString(text);
            var right = plain.Length is >= 2 and <= 9 && "HMSmun".Contains(plain[^1], StringComparison.Ordinal) && plain[..^1].All(char.IsAsciiDigit);
            Assert.True(right == GrpcTimeout.TryParse(text, out _), plain);
        }
    }

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc;charset=utf-8", true)]
    [InlineData("application/grpc-web+proto", false)]
    [InlineData("application/json", false)]
    public void A_call_is_known_by_its_content_type(string type, bool expected) =>
        Assert.Equal(expected, GrpcCall.Is(Fields.Of(("content-type", type))));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("14", 14)]
    [InlineData("999999999", 999999999)]
    [InlineData("-1", 2)]
    [InlineData("", 2)]
    [InlineData("1x", 2)]
    [InlineData("99999999999999", 2)]
    public void A_status_that_cannot_be_read_is_unknown(string text, int status)
    {
        Assert.True(GrpcCall.TryReadStatus(Fields.Of(("grpc-status", text)), out var read));
        Assert.Equal(status, read);
        Assert.False(GrpcCall.TryReadStatus(Fields.Of(), out _));
    }
}
