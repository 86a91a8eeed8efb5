using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Hpack;

public sealed class HpackDecoderTests
{
    private readonly HpackDecoder _decoder = new();
    private readonly HeaderList _fields = new();

    [Theory]
    [InlineData("80", nameof(HpackError.IndexOutOfRange))] // index 0
    [InlineData("be", nameof(HpackError.IndexOutOfRange))] // 62 of an empty table
    [InlineData("7f00", nameof(HpackError.IndexOutOfRange))] // name index 63
    [InlineData("ff", nameof(HpackError.Truncated))]
    [InlineData("ff8080", nameof(HpackError.Truncated))]
    [InlineData("ffffffffff0f", nameof(HpackError.IntegerTooLarge))]
    [InlineData("ff808080808000", nameof(HpackError.IntegerTooLarge))]
    [InlineData("00", nameof(HpackError.Truncated))]
    [InlineData("000161", nameof(HpackError.Truncated))]
    [InlineData("00056162", nameof(HpackError.Truncated))]
    [InlineData("007fffffff07", nameof(HpackError.Truncated))] // a length of 2^24 and more, with nothing behind it
    [InlineData("3fe21f", nameof(HpackError.TableSizeTooLarge))] // 4097
    [InlineData("823fe11f", nameof(HpackError.TableSizeMisplaced))]
    public void A_broken_block_is_refused(string hex, string error) =>
        Assert.Equal(error, Decode(Convert.FromHexString(hex)).ToString());

    [Fact]
    public void Every_prefix_of_a_block_either_decodes_or_is_refused_cleanly()
    {
        byte[] block = Convert.FromHexString("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf");
        for (int length = 0; length < block.Length; length++)
        {
            HpackError error = new HpackDecoder().Decode(block.AsSpan(0, length), new HeaderList(), 4096, 100, out _);
            Assert.Contains(error, new[] { HpackError.None, HpackError.Truncated, HpackError.HuffmanInvalid, HpackError.IndexOutOfRange });
        }
    }

    [Fact]
    public void The_list_may_be_as_large_as_the_limit_and_no_larger()
    {
        byte[] block = Frames.Block(("abc", "12345"), ("d", "6"));
        Assert.Equal(HpackError.None, _decoder.Decode(block, _fields, 8 + 32 + 2 + 32, 100, out bool over));
        Assert.False(over);
        _fields.Clear();
        Assert.Equal(HpackError.None, _decoder.Decode(block, _fields, 8 + 32 + 2 + 31, 100, out over));
        Assert.True(over);
        Assert.Equal(1, _fields.Count);
    }

    [Fact]
    public void The_number_of_fields_is_limited()
    {
        byte[] block = [.. Enumerable.Repeat((byte)0x82, 101)];
        Assert.Equal(HpackError.None, _decoder.Decode(block.AsSpan(1), _fields, 100_000, 100, out bool over));
        Assert.False(over);
        _fields.Clear();
        Assert.Equal(HpackError.None, _decoder.Decode(block, _fields, 100_000, 100, out over));
        Assert.True(over);
    }

    [Fact]
    public void A_block_above_the_limit_still_changes_the_table()
    {
        byte[] block = [0x40, 1, (byte)'a', 1, (byte)'b'];
        Assert.Equal(HpackError.None, _decoder.Decode(block, _fields, 1, 100, out bool over));
        Assert.True(over);
        Assert.Equal(0, _fields.Count);
        Assert.Equal(HpackError.None, Decode([0xBE]));
        Assert.Equal("a: b", RecordingHandler.Describe(_fields));
    }

    [Fact]
    public void A_bomb_of_references_keeps_nothing_above_the_limit()
    {
        byte[] value = [.. Enumerable.Repeat((byte)'x', 4000)];
        byte[] entry = [0x40, 1, (byte)'a', 0x7F, .. Varint(4000 - 127), .. value];
        byte[] bomb = [.. entry, .. Enumerable.Repeat((byte)0xBE, 60_000)];
        Assert.Equal(HpackError.None, _decoder.Decode(bomb, _fields, 60 * 1024, 100, out bool over));
        Assert.True(over);
        Assert.InRange(_fields.Size, 0, 60 * 1024);
    }

    [Fact]
    public void A_smaller_table_must_be_taken_up_by_the_peer()
    {
        Assert.Equal(HpackError.None, Decode([0x40, 1, (byte)'a', 1, (byte)'b']));
        _decoder.SetAllowedTableSize(0);
        Assert.Equal(HpackError.TableSizeMissing, Decode([0x82]));
        Assert.Equal(HpackError.TableSizeTooLarge, Decode([0x21]));
        Assert.Equal(HpackError.None, Decode([0x20, 0x82]));
        Assert.Equal(HpackError.IndexOutOfRange, Decode([0xBE]));
    }

    [Fact]
    public void A_name_taken_from_the_table_survives_its_own_eviction()
    {
        // RFC 7541, 4.4: the new entry refers to the name of one that is evicted to make room for it.
        string name = new('n', 2000);
        byte[] first = [0x40, 0x7F, .. Varint(2000 - 127), .. Encoding.ASCII.GetBytes(name), 1, (byte)'1'];
        byte[] second = [0x7E, 0x7F, .. Varint(2000 - 127), .. Enumerable.Repeat((byte)'v', 2000)];
        Assert.Equal(HpackError.None, Decode(first));
        Assert.Equal(HpackError.None, Decode(second));
        Assert.Equal($"{name}: {new string('v', 2000)}", _fields[1].ToString());
        Assert.Equal(HpackError.None, Decode([0xBE]));
        Assert.Equal($"{name}: {new string('v', 2000)}", _fields[2].ToString());
    }

    [Fact]
    public void A_never_indexed_field_stays_marked()
    {
        Assert.Equal(HpackError.None, Decode(Convert.FromHexString("100870617373776f726406736563726574")));
        Assert.True(_fields[0].IsSensitive);
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_pass_the_limits()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var decoder = new HpackDecoder();
            for (int round = 0; round < 5; round++)
            {
                byte[] block = new byte[random.Next(200)];
                random.NextBytes(block);
                var fields = new HeaderList();
                HpackError error = decoder.Decode(block, fields, 1000, 20, out _);
                Assert.InRange(fields.Size, 0, 1000);
                Assert.InRange(fields.Count, 0, 20);
                fields.Release();
                if (error != HpackError.None)
                {
                    break;
                }
            }
        }
    }

    private HpackError Decode(byte[] block) => _decoder.Decode(block, _fields, 100_000, 100, out _);

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
