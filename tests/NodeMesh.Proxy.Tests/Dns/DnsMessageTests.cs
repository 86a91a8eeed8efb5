using System.Net;
using NodeMesh.Proxy.Dns;

namespace NodeMesh.Proxy.Tests.Dns;

public sealed class DnsMessageTests
{
    [Fact]
    public void A_query_is_read_in_lower_case_with_its_EDNS()
    {
        var message = DnsWire.Query("OrDers.Mesh.Internal", 28, additional: DnsWire.Opt(4096));

        Assert.Equal(DnsQueryStatus.Accepted, DnsMessage.ParseQuery([.. message, 9, 9], out var query));
        Assert.Equal(new DnsQuery(0x1234, 0x0100, "orders.mesh.internal", DnsRecordType.AAAA, 1, 26, message.Length, true, 4096, false), query);
    }

    [Fact]
    public void A_message_that_is_no_query_is_ignored()
    {
        Assert.Equal(DnsQueryStatus.Ignored, DnsMessage.ParseQuery(new byte[11], out _));
        Assert.Equal(DnsQueryStatus.Ignored, DnsMessage.ParseQuery(DnsWire.Query("a", 1, flags: 0x8100), out _));
    }

    [Fact]
    public void What_is_not_one_plain_question_is_malformed_or_not_served()
    {
        var two = DnsWire.Query("a.b", 1);
        two[5] = 2;
        Assert.Equal(DnsQueryStatus.Malformed, DnsMessage.ParseQuery(two, out _));
        byte[] twoOpts = DnsWire.Query("a", 1, additional: [.. DnsWire.Opt(512), .. DnsWire.Opt(512)]);
        twoOpts[11] = 2;
        Assert.Equal(DnsQueryStatus.Malformed, DnsMessage.ParseQuery(twoOpts, out _));
        byte[] pointer = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1];
        Assert.Equal(DnsQueryStatus.Malformed, DnsMessage.ParseQuery(pointer, out _));
        Assert.Equal(DnsQueryStatus.NotImplemented, DnsMessage.ParseQuery(DnsWire.Query("a", 1, flags: 0x2000), out _));
        Assert.Equal(DnsQueryStatus.BadVersion, DnsMessage.ParseQuery(DnsWire.Query("a", 1, additional: DnsWire.Opt(512, version: 1)), out _));
    }

    [Fact]
    public void A_dot_inside_a_label_is_no_separator()
    {
        byte[] message = [3, (byte)'a', (byte)'.', (byte)'B', 1, 0xff, 0];
        var offset = 0;

        Assert.True(DnsMessage.TryReadName(message, ref offset, false, out var name));
        Assert.Equal("a\\046b.\\255", name);
        Assert.Equal(message.Length, offset);
    }

    [Theory]
    [InlineData(new byte[] { 0xc0, 0 })]
    [InlineData(new byte[] { 1, 97, 0xc0, 0 })]
    [InlineData(new byte[] { 0xc0, 2, 0xc0, 0 })]
    [InlineData(new byte[] { 0xc0 })]
    [InlineData(new byte[] { 0x40, 0 })]
    [InlineData(new byte[] { 0x80, 0 })]
    [InlineData(new byte[] { 5, 97 })]
    [InlineData(new byte[] { })]
    public void Pointer_loops_and_cut_names_are_refused(byte[] message)
    {
        var offset = 0;

        Assert.False(DnsMessage.TryReadName(message, ref offset, true, out _));
    }

    [Fact]
    public void A_name_ends_at_255_octets_also_through_pointers()
    {
        // Each name is one label of 50 and a pointer to the one before: the fifth is 256 octets long.
        var message = new List<byte> { 0 };
        var starts = new List<int> { 0 };
        for (var i = 0; i < 6; i++)
        {
            starts.Add(message.Count);
            message.AddRange([50, .. Enumerable.Repeat((byte)'a', 50), 0xc0, (byte)starts[^2]]);
        }

        for (var i = 1; i < starts.Count && starts[i] < 256; i++)
        {
            var offset = starts[i];
            Assert.Equal(i < 5, DnsMessage.TryReadName([.. message], ref offset, true, out var name));
            Assert.Equal(i < 5 ? (51 * i) - 1 : -1, name?.Length ?? -1);
        }
    }

    [Fact]
    public void An_answer_must_have_the_id_the_question_and_whole_records()
    {
        var message = DnsWire.Query("example.test", 1);
        DnsMessage.ParseQuery(message, out var query);
        var answer = DnsWire.Answer(message);

        Assert.True(DnsMessage.IsAnswerTo(answer, 0x1234, query));
        Assert.True(DnsMessage.IsAnswerTo(DnsWire.Answer(DnsWire.Query("EXAMPLE.test", 1)), 0x1234, query));
        Assert.False(DnsMessage.IsAnswerTo(answer, 0x1235, query));
        Assert.False(DnsMessage.IsAnswerTo(message, 0x1234, query));
        Assert.False(DnsMessage.IsAnswerTo(DnsWire.Answer(DnsWire.Query("example.tesu", 1)), 0x1234, query));
        Assert.False(DnsMessage.IsAnswerTo(DnsWire.Answer(DnsWire.Query("example.test", 28)), 0x1234, query));
        for (var length = 0; length < answer.Length; length++)
        {
            Assert.False(DnsMessage.IsAnswerTo(answer.AsSpan(0, length), 0x1234, query));
        }
    }

    [Fact]
    public void Random_and_mutated_messages_never_throw_and_every_response_can_be_read()
    {
        var table = new DnsTable(
            "mesh.internal",
            [("orders.mesh.internal", [.. Enumerable.Range(1, 60).Select(i => new IPAddress([10, 0, 0, (byte)i]))]), ("*.example.com", [IPAddress.IPv6Loopback])],
            TimeSpan.FromSeconds(5));
        string[] names = ["orders.mesh.internal", "no.mesh.internal", "x.example.com", "mesh.internal", "60.0.0.10.in-addr.arpa", "other.test", string.Empty];
        var random = new Random(53);
        var response = new byte[1232];
        for (var i = 0; i < 200_000; i++)
        {
            byte[] message;
            if (i % 5 == 0)
            {
                message = new byte[random.Next(80)];
                random.NextBytes(message);
                message.AsSpan(0, Math.Min(message.Length, 4))[Math.Min(message.Length, 2)..].Clear();
            }
            else
            {
                ushort[] types = [1, 28, 6, 2, 12, 255, 252, 16];
                message = DnsWire.Query(
                    names[random.Next(names.Length)], types[random.Next(types.Length)], additional: i % 2 == 0 ? DnsWire.Opt((ushort)random.Next(5000)) : null);
                for (var flips = random.Next(5); flips > 0; flips--)
                {
                    message[random.Next(message.Length)] = (byte)random.Next(256);
                }

                message = message[..(random.Next(4) == 0 ? random.Next(message.Length + 1) : message.Length)];
            }

            DnsMessage.IsAnswerTo([.. message, .. message], 0x1234, default);
            if (DnsMessage.ParseQuery(message, out var query) != DnsQueryStatus.Accepted)
            {
                continue;
            }

            var room = DnsResponseWriter.UdpLimit(query);
            var length = DnsResponder.Answer(message, query, table, true, response.AsSpan(0, room));
            if (length > 0)
            {
                Assert.InRange(length, 12, room);
                Assert.True(DnsMessage.IsAnswerTo(response.AsSpan(0, length), query.Id, query), Convert.ToHexString(message));
            }
        }
    }
}
