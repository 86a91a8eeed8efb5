using NodeMesh.Http.Hpack;

namespace NodeMesh.Http.Tests.Hpack;

public sealed class HuffmanCodeTests
{
    [Fact]
    public void Any_bytes_come_back()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            byte[] text = new byte[random.Next(100)];
            random.NextBytes(text);
            Assert.Equal(text, Decode(Encode(text))!);
        }
        for (int value = 0; value < 256; value++)
        {
            Assert.Equal([(byte)value], Decode(Encode([(byte)value]))!);
        }
    }

    [Fact]
    public void Texts_of_short_and_long_codes_of_every_length_come_back()
    {
        for (int seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            byte[] text = new byte[random.Next(80)];
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = random.Next(40) == 0 ? (byte)random.Next(256) : (byte)"0123456789abcdefghijklmnopqrstuvwxyz-/.=&ABCXZ<"[random.Next(46)];
            }
            Assert.Equal(text, Decode(Encode(text))!);
        }
    }

    [Fact]
    public void Any_single_fault_in_a_long_text_is_decoded_otherwise_or_refused()
    {
        byte[] encoded = Encode("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8.ToArray());
        for (int bit = 0; bit < encoded.Length * 8; bit++)
        {
            byte[] faulty = [.. encoded];
            faulty[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            if (Decode(faulty) is { } text)
            {
                Assert.Equal(faulty, Encode(text));
            }
        }
    }

    [Theory]
    [InlineData("1f1f1f1f1f1f1f1fffffffffff")] // the end-of-string symbol behind more than eight bytes
    [InlineData("ff")] // eight bits of padding
    [InlineData("1fff")] // "a" and eleven bits of padding
    [InlineData("18")] // "a" and padding of zeros
    [InlineData("ffffffff")] // the end-of-string symbol
    [InlineData("1ffffffffe")] // the end-of-string symbol behind "a"
    public void Bad_padding_and_the_end_symbol_are_refused(string hex) => Assert.Null(Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Random_bytes_decode_to_what_encodes_to_them_or_are_refused()
    {
        int valid = 0;
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            byte[] encoded = new byte[random.Next(6)];
            random.NextBytes(encoded);
            if (Decode(encoded) is { } text)
            {
                Assert.Equal(encoded, Encode(text));
                valid++;
            }
        }
        Assert.True(valid > 100);
    }

    private static byte[] Encode(byte[] text)
    {
        byte[] encoded = new byte[HuffmanCode.EncodedLength(text)];
        HuffmanCode.Encode(text, encoded);
        return encoded;
    }

    private static byte[]? Decode(byte[] encoded)
    {
        byte[] text = new byte[HuffmanCode.MaxDecodedLength(encoded.Length)];
        return HuffmanCode.TryDecode(encoded, text, out int written) ? text[..written] : null;
    }
}
