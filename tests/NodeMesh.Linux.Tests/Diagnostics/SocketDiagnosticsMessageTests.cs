using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using NodeMesh.Linux.Diagnostics;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Tests.Diagnostics;

public sealed class SocketDiagnosticsMessageTests
{
    private const uint Sequence = 77;
    private static readonly IpEndpoint Source = IpEndpoint.From(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40000));
    private static readonly IpEndpoint Destination = IpEndpoint.From(new IPEndPoint(IPAddress.Parse("198.51.100.7"), 80));

    [Fact]
    public void A_whole_answer_names_the_owner()
    {
        Assert.Equal(SocketAnswer.Found, Parse(Answer(), out var owner));
        Assert.Equal(new SocketOwner(1000, 4711, 0x1_0000_0002, TcpState.Established), owner);
    }

    [Fact]
    public void An_IPv6_answer_with_mapped_addresses_is_the_same_tuple()
    {
        var answer = Answer();
        answer[16] = 10;
        BinaryPrimitives.WriteUInt128BigEndian(answer.AsSpan(24), Source.Address);
        BinaryPrimitives.WriteUInt128BigEndian(answer.AsSpan(40), Destination.Address);

        Assert.Equal(SocketAnswer.Found, Parse(answer, out _));
    }

    [Theory]
    [InlineData(TcpState.TimeWait)]
    [InlineData(TcpState.NewSynReceived)]
    [InlineData(TcpState.SynReceived)]
    [InlineData(TcpState.Closed)]
    [InlineData((TcpState)200)]
    public void A_state_without_an_owner_is_unknown(TcpState state)
    {
        var answer = Answer();
        answer[17] = (byte)state;

        Assert.Equal(SocketAnswer.Unknown, Parse(answer, out var owner));
        Assert.Equal(new SocketOwner(SocketOwner.NoUid, 0, 0, state), owner);
    }

    [Fact]
    public void A_listener_is_not_the_tuple()
    {
        var answer = Answer();
        answer[17] = (byte)TcpState.Listen;

        Assert.Equal(SocketAnswer.NotFound, Parse(answer, out var owner));
        Assert.Equal(SocketOwner.Nobody, owner);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(22)]
    [InlineData(24)]
    [InlineData(40)]
    public void Another_tuple_is_not_the_one_asked_for(int offset)
    {
        var answer = Answer();
        answer[offset] ^= 1;

        Assert.Equal(SocketAnswer.NotFound, Parse(answer, out _));
    }

    [Fact]
    public void Without_a_cgroup_or_an_inode_the_user_is_not_believed()
    {
        var noInode = Answer();
        noInode.AsSpan(84, 4).Clear();
        Assert.Equal(SocketAnswer.Unknown, Parse(noInode, out var owner));
        Assert.Equal(new SocketOwner(SocketOwner.NoUid, 0, 0x1_0000_0002, TcpState.Established), owner);

        var noCgroup = Answer();
        noCgroup.AsSpan(^8).Clear();
        Assert.Equal(SocketAnswer.Unknown, Parse(noCgroup, out owner));
        Assert.Equal(new SocketOwner(SocketOwner.NoUid, 0, 0, TcpState.Established), owner);

        var noAttribute = Answer()[..^12];
        MemoryMarshal.Write(noAttribute, (uint)noAttribute.Length);
        Assert.Equal(SocketAnswer.Unknown, Parse(noAttribute, out _));
    }

    [Fact]
    public void An_answer_to_an_earlier_question_is_stale_and_the_right_one_behind_it_is_read()
    {
        var stale = Answer();
        MemoryMarshal.Write(stale.AsSpan(8), Sequence - 1);

        Assert.Equal(SocketAnswer.Stale, Parse(stale, out var owner));
        Assert.Equal(SocketOwner.Nobody, owner);
        Assert.Equal(SocketAnswer.Found, Parse([.. stale, .. Answer()], out _));
    }

    [Theory]
    [InlineData(-2, SocketAnswer.NotFound, 0)]
    [InlineData(-1, SocketAnswer.Error, 1)]
    [InlineData(0, SocketAnswer.Malformed, 0)]
    [InlineData(5, SocketAnswer.Malformed, 0)]
    [InlineData(int.MinValue, SocketAnswer.Malformed, 0)]
    internal void An_error_message_is_told_by_its_number(int code, SocketAnswer expected, int expectedErrno)
    {
        var message = new byte[20];
        MemoryMarshal.Write(message, 20u);
        MemoryMarshal.Write(message.AsSpan(4), (ushort)2);
        MemoryMarshal.Write(message.AsSpan(8), Sequence);
        MemoryMarshal.Write(message.AsSpan(16), code);

        Assert.Equal(expected, SocketDiagnosticsMessage.Parse(message, Sequence, Source, Destination, out _, out var errno));
        Assert.Equal(expectedErrno, errno);
    }

    [Fact]
    public void A_cut_answer_is_malformed_wherever_it_is_cut()
    {
        var answer = Answer();
        for (var length = 0; length < answer.Length; length++)
        {
            Assert.Equal(SocketAnswer.Malformed, Parse(answer.AsSpan(0, length), out var owner));
            Assert.Equal(SocketOwner.Nobody, owner);
        }
    }

    [Fact]
    public void Random_and_mutated_bytes_never_throw_and_never_give_root_away()
    {
        var random = new Random(20_251);
        for (var i = 0; i < 200_000; i++)
        {
            byte[] bytes;
            if (i % 4 == 0)
            {
                bytes = new byte[random.Next(0, 200)];
                random.NextBytes(bytes);
            }
            else
            {
                bytes = [.. Answer(), .. i % 3 == 0 ? Answer() : []];
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                bytes = bytes[..random.Next(bytes.Length + 1)];
            }

            var answer = Parse(bytes, out var owner);

            Assert.True(answer == SocketAnswer.Found ? owner.Inode != 0 && owner.CgroupId != 0 : owner.Uid == SocketOwner.NoUid);
        }
    }

    [Fact]
    public void The_request_is_the_kernels_inet_diag_req_v2()
    {
        var request = new byte[SocketDiagnosticsMessage.RequestLength];
        SocketDiagnosticsMessage.WriteRequest(request, 1, Source, Destination);

        Assert.Equal(
            "48000000140001000100000000000000" + "02060000FFFFFFFF9C400050" + "C0000201000000000000000000000000"
            + "C6336407000000000000000000000000" + "00000000" + "FFFFFFFFFFFFFFFF",
            Convert.ToHexString(request));
    }

    private static SocketAnswer Parse(ReadOnlySpan<byte> bytes, out SocketOwner owner) =>
        SocketDiagnosticsMessage.Parse(bytes, Sequence, Source, Destination, out owner, out _);

    /// <summary>nlmsghdr, inet_diag_msg, one other attribute of odd length, and the cgroup id.</summary>
    private static byte[] Answer()
    {
        var bytes = new byte[16 + 72 + 8 + 12];
        MemoryMarshal.Write(bytes, (uint)bytes.Length);
        MemoryMarshal.Write(bytes.AsSpan(4), (ushort)20);
        MemoryMarshal.Write(bytes.AsSpan(8), Sequence);
        bytes[16] = 2;
        bytes[17] = (byte)TcpState.Established;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(20), Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(22), Destination.Port);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(24), (uint)Source.Address);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(40), (uint)Destination.Address);
        MemoryMarshal.Write(bytes.AsSpan(80), 1000u);
        MemoryMarshal.Write(bytes.AsSpan(84), 4711u);
        MemoryMarshal.Write(bytes.AsSpan(88), (ushort)5);
        MemoryMarshal.Write(bytes.AsSpan(90), (ushort)8);
        MemoryMarshal.Write(bytes.AsSpan(96), (ushort)12);
        MemoryMarshal.Write(bytes.AsSpan(98), (ushort)21);
        MemoryMarshal.Write(bytes.AsSpan(100), 0x1_0000_0002UL);
        return bytes;
    }
}
