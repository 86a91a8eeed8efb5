using System.Buffers.Binary;

namespace NodeMesh.Http.Hpack;

/// <summary>
/// The Huffman code of RFC 7541, appendix B. It is canonical: codes of one length follow each other in symbol order and
/// longer codes continue where the shorter ones stop, so the lengths alone give it. Immutable, any thread.
/// </summary>
internal static class HuffmanCode
{
    private const int Symbols = 257;
    private const int EndOfString = 256;
    private const int LongestCode = 30;

    // Codes of up to this many bits (all letters, digits and usual punctuation) are decoded by one look-up.
    private const int FastBits = 11;

    private static readonly uint[] Codes = new uint[Symbols];

    // By the next FastBits bits: symbol << 4 | code length, or 0 for a longer code.
    private static readonly ushort[] Fast = new ushort[1 << FastBits];

    // For each length: the first code above those of this length, left-aligned to 32 bits; and what to add to a code to get its place in BySymbol.
    private static readonly ulong[] Limit = new ulong[LongestCode + 1];
    private static readonly int[] Bias = new int[LongestCode + 1];
    private static readonly ushort[] ByCode = new ushort[Symbols];

    static HuffmanCode()
    {
        uint code = 0;
        int place = 0;
        for (int length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            Bias[length] = place - (int)code;
            for (int symbol = 0; symbol < Symbols; symbol++)
            {
                if (Lengths[symbol] != length)
                {
                    continue;
                }
                Codes[symbol] = code;
                ByCode[place++] = (ushort)symbol;
                if (length <= FastBits)
                {
                    int spare = FastBits - length;
                    Fast.AsSpan((int)code << spare, 1 << spare).Fill((ushort)((symbol << 4) | length));
                }
                code++;
            }
            Limit[length] = (ulong)code << (32 - length);
        }
    }

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>How many bytes the text takes when encoded.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        long bits = 0;
        ReadOnlySpan<byte> lengths = Lengths;
        foreach (byte symbol in text)
        {
            bits += lengths[symbol];
        }
        return (int)((bits + 7) / 8);
    }

    /// <summary>The most bytes that an encoded string of this length can decode to: the shortest code has 5 bits.</summary>
    public static int MaxDecodedLength(int encodedLength) => (int)(((long)encodedLength * 8) / 5) + 1;

    /// <summary>Writes the encoded text; the destination holds <see cref="EncodedLength"/> bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        ulong bits = 0;
        int count = 0;
        int written = 0;
        ReadOnlySpan<byte> lengths = Lengths;
        foreach (byte symbol in text)
        {
            int length = lengths[symbol];
            bits = (bits << length) | Codes[symbol];
            count += length;
            if (count >= 32)
            {
                count -= 32;
                BinaryPrimitives.WriteUInt32BigEndian(destination[written..], (uint)(bits >> count));
                written += 4;
            }
        }
        while (count >= 8)
        {
            count -= 8;
            destination[written++] = (byte)(bits >> count);
        }
        if (count > 0)
        {
            // The rest is filled with the start of the end-of-string code, which is all ones.
            destination[written] = (byte)((bits << (8 - count)) | (0xFFu >> count));
        }
    }

    /// <summary>
    /// Decodes a whole string. False when it holds the end-of-string symbol, or ends in more than 7 bits of padding or in
    /// padding that is not all ones (RFC 7541, 5.2). The destination holds <see cref="MaxDecodedLength"/> bytes.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> destination, out int written)
    {
        written = 0;
        ulong bits = 0; // left-aligned: the next bit to read is the highest
        int count = 0;
        int read = 0;
        while (true)
        {
            if (count < 32)
            {
                if (encoded.Length - read >= 4)
                {
                    bits |= (ulong)BinaryPrimitives.ReadUInt32BigEndian(encoded[read..]) << (32 - count);
                    count += 32;
                    read += 4;
                }
                else
                {
                    while (count <= 56 && read < encoded.Length)
                    {
                        bits |= (ulong)encoded[read++] << (56 - count);
                        count += 8;
                    }
                    if (count == 0)
                    {
                        return true;
                    }
                }
            }

            // Past the end come ones, as padding has them.
            uint window = (uint)(bits >> 32);
            if (count < 32)
            {
                window |= uint.MaxValue >> count;
            }
            int entry = Fast[window >> (32 - FastBits)];
            int length = entry & 15;
            int symbol = entry >> 4;
            if (length == 0)
            {
                length = FastBits + 1;
                while (window >= Limit[length])
                {
                    length++;
                }
                symbol = ByCode[(int)(window >> (32 - length)) + Bias[length]];
            }
            if (length > count)
            {
                return IsPadding(bits, count);
            }
            if (symbol == EndOfString)
            {
                return false;
            }
            destination[written++] = (byte)symbol;
            bits <<= length;
            count -= length;
        }
    }

    private static bool IsPadding(ulong bits, int count) => count <= 7 && bits >> (64 - count) == (1UL << count) - 1;
}
