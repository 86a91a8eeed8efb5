using System.Text;
using System.Text.RegularExpressions;
using NodeMesh.Proxy.Requests.Headers;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

public sealed partial class TraceContextTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly Random _random = new(1);

    [Fact]
    public void A_trace_is_passed_on_under_a_new_span()
    {
        var headers = Fields.Of(("traceparent", Parent), ("tracestate", "vendor=1"));
        var context = TraceContext.Advance(headers, _random);

        var sent = Assert.Single(headers.All("traceparent"));
        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$", sent);
        Assert.DoesNotContain("b7ad6b7169203331", sent, StringComparison.Ordinal);
        Assert.Equal(["vendor=1"], headers.All("tracestate"));
        Assert.Equal((0xb7ad6b7169203331UL, true), (context.ParentId, context.IsSampled));
        Span<byte> id = stackalloc byte[TraceContext.TraceIdLength];
        context.WriteTraceId(id);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Encoding.ASCII.GetString(id));
    }

    [Fact]
    public void Without_one_a_trace_begins_and_state_without_a_trace_goes()
    {
        var headers = Fields.Of(("tracestate", "vendor=1"));
        var context = TraceContext.Advance(headers, _random, sampling: 1_000_000);

        Assert.Matches(Form(), Assert.Single(headers.All("traceparent")));
        Assert.Empty(headers.All("tracestate"));
        Assert.Equal((0UL, true), (context.ParentId, context.IsSampled));
        Assert.False(TraceContext.Advance(Fields.Of(), _random, sampling: 0).IsSampled);
    }

    [Fact]
    public void One_trace_in_a_hundred_is_recorded() =>
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => TraceContext.Advance(Fields.Of(), _random).IsSampled), 800, 1200);

    [Fact]
    public void What_the_sender_decided_about_recording_stands() =>
        Assert.False(TraceContext.Advance(Fields.Of(("traceparent", Parent[..^2] + "00")), _random, sampling: 1_000_000).IsSampled);

    [Theory]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-g1")]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more")]
    public void What_is_no_right_traceparent_begins_a_new_trace(string text)
    {
        var headers = Fields.Of(("traceparent", text), ("tracestate", "vendor=1"));
        var context = TraceContext.Advance(headers, _random);

        Assert.Equal(0UL, context.ParentId);
        Assert.Empty(headers.All("tracestate"));
        Assert.Matches(Form(), Assert.Single(headers.All("traceparent")));
    }

    [Theory]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-is-to-come")]
    public void Of_a_later_version_the_known_part_is_taken_and_sent_on_in_this_one(string text)
    {
        var headers = Fields.Of(("traceparent", text));
        TraceContext.Advance(headers, _random);

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", Assert.Single(headers.All("traceparent")), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_traceparents_are_none()
    {
        var headers = Fields.Of(("traceparent", Parent), ("traceparent", Parent));

        Assert.Equal(0UL, TraceContext.Advance(headers, _random).ParentId);
        Assert.Single(headers.All("traceparent"));
    }

    [Fact]
    public void Mutated_texts_are_taken_only_in_the_form_that_the_standard_gives()
    {
        var random = new Random(20300107);
        for (var i = 0; i < 200_000; i++)
        {
            var text = Encoding.ASCII.GetBytes(random.Next(2) == 0 ? Parent : Parent + "-tail");
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            text = text[..random.Next(text.Length - 3, text.Length + 1)];
            var plain = Encoding.Latin1.GetString(text);
            var right = Known().IsMatch(plain) && !plain.StartsWith("ff", StringComparison.Ordinal);
            Assert.True(right == TraceContext.TryParse(text, out _), plain);
        }
    }

    [GeneratedRegex("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();

    [GeneratedRegex(
        "^(00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?)\\z",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Known();
}
