using System.Buffers.Binary;
using System.Net;
using NodeMesh.Linux.Diagnostics;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Tests.Diagnostics;

public sealed class ConnectionTrackingMessageTests
{
    private static readonly IpEndpoint Local = IpEndpoint.From(IPAddress.Parse("127.0.0.1"), 15001);
    private static readonly IpEndpoint Peer = IpEndpoint.From(IPAddress.Parse("10.1.2.3"), 40000);

    [Theory]
    [InlineData("10.1.2.3", 45454)]
    [InlineData("2001:db8::7", 1)]
    public void The_source_of_the_original_tuple_is_read(string address, ushort port)
    {
        var expected = IpEndpoint.From(IPAddress.Parse(address), port);

        Assert.Equal(SocketAnswer.Found, ConnectionTrackingMessage.Parse(Answer(7, expected), 7, out var source, out _));
        Assert.Equal(expected, source);
    }

    [Fact]
    public void The_answer_to_an_earlier_question_is_stale() =>
        Assert.Equal(SocketAnswer.Stale, ConnectionTrackingMessage.Parse(Answer(6, Peer), 7, out _, out _));

    [Theory]
    [InlineData(-2, "NotFound", 0)]
    [InlineData(-1, "Error", 1)]
    [InlineData(0, "Malformed", 0)]
    public void An_error_is_told_by_its_number(int code, string answer, int errno)
    {
        var message = new byte[36];
        BitConverter.TryWriteBytes(message, message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), (ushort)2);
        BitConverter.TryWriteBytes(message.AsSpan(8), 7);
        BitConverter.TryWriteBytes(message.AsSpan(16), code);

        Assert.Equal(answer, ConnectionTrackingMessage.Parse(message, 7, out _, out var read).ToString());
        Assert.Equal(errno, read);
    }

    [Fact]
    public void Broken_answers_are_refused_and_never_read_beyond()
    {
        var random = new Random(20_000);
        var whole = Answer(7, Peer);
        for (var round = 0; round < 200_000; round++)
        {
            var bytes = whole.AsSpan(0, random.Next(whole.Length + 1)).ToArray();
            for (var flips = random.Next(4); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var answer = ConnectionTrackingMessage.Parse(bytes, 7, out var source, out _);
            Assert.True(answer == SocketAnswer.Found || source == default);
        }
    }

    [Fact]
    public void A_request_says_its_own_length_and_fits_its_attributes()
    {
        Span<byte> buffer = stackalloc byte[256];
        var length = ConnectionTrackingMessage.WriteRequest(buffer, 1, Local, Peer);

        Assert.Equal(72, length);
        Assert.Equal(length, BitConverter.ToInt32(buffer));
        Assert.Equal(length - 20, BitConverter.ToUInt16(buffer[20..]));
        Assert.Equal(15001, BinaryPrimitives.ReadUInt16BigEndian(buffer[60..]));
        Assert.Equal(40000, BinaryPrimitives.ReadUInt16BigEndian(buffer[68..]));
    }

    /// <summary>An answer as the kernel makes it: the reply tuple is left out, since nothing reads it.</summary>
    private static byte[] Answer(uint sequence, IpEndpoint source)
    {
        // The kernel's answer and our question have the same form; only the tuple's type and the message's differ.
        Span<byte> buffer = stackalloc byte[256];
        var length = ConnectionTrackingMessage.WriteRequest(buffer, sequence, source, source.IsIPv4 ? Local : IpEndpoint.From(IPAddress.IPv6Loopback, 15001));
        BitConverter.TryWriteBytes(buffer[4..], (ushort)(1 << 8));
        BitConverter.TryWriteBytes(buffer[22..], (ushort)0x8001);
        return buffer[..length].ToArray();
    }
}
