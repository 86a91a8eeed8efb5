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

    // Codes of up to this many bits (all letters, digits and usual punctuation) are decoded by one look-up, and two of them when both
    // fit, as digits and the commonest letters do.
    private const int FastBits = 12;

    private static readonly uint[] Codes = new uint[Symbols];

    // By the next FastBits bits: the symbols in the two lowest bytes, how many they are, and the bits they take; 0 for a longer code.
    private static readonly uint[] Fast = new uint[1 << FastBits];

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
                    Fast.AsSpan((int)code << spare, 1 << spare).Fill(FastEntry(symbol, second: 0, symbols: 1, length));
                }
                code++;
            }
            Limit[length] = (ulong)code << (32 - length);
        }
        PairFastEntries();
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
        while (encoded.Length - read >= 8)
        {
            // To 56 bits at least. What lies beyond the counted bits is the start of what comes next, and is read again.
            bits |= BinaryPrimitives.ReadUInt64BigEndian(encoded[read..]) >> count;
            read += (63 - count) >> 3;
            count |= 56;
            while (count >= LongestCode)
            {
                uint entry = Fast[bits >> (64 - FastBits)];
                int length = (int)(entry >> 24);
                if (entry != 0)
                {
                    // A second symbol that is none is written over by the next; the destination has a byte to spare for the last.
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[written..], (ushort)entry);
                    written += (byte)(entry >> 16);
                }
                else
                {
                    int symbol = FindLong((uint)(bits >> 32), out length);
                    if (symbol == EndOfString)
                    {
                        return false;
                    }
                    destination[written++] = (byte)symbol;
                }
                bits <<= length;
                count -= length;
            }
        }
        return TryDecodeEnd(encoded[read..], bits, count, destination, ref written);
    }

    // The last bytes, one symbol after the other.
    private static bool TryDecodeEnd(ReadOnlySpan<byte> rest, ulong bits, int count, Span<byte> destination, ref int written)
    {
        int read = 0;
        while (true)
        {
            while (count <= 56 && read < rest.Length)
            {
                bits |= (ulong)rest[read++] << (56 - count);
                count += 8;
            }
            if (count == 0)
            {
                return true;
            }

            // Past the end come ones, as padding has them.
            uint window = (uint)(bits >> 32);
            if (count < 32)
            {
                window |= uint.MaxValue >> count;
            }
            uint entry = Fast[window >> (32 - FastBits)];
            int symbol = (byte)entry;
            int length = Lengths[symbol];
            if (entry == 0)
            {
                symbol = FindLong(window, out length);
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

    private static int FindLong(uint window, out int length)
    {
        length = FastBits + 1;
        while (window >= Limit[length])
        {
            length++;
        }
        return ByCode[(int)(window >> (32 - length)) + Bias[length]];
    }

    private static bool IsPadding(ulong bits, int count) => count <= 7 && bits >> (64 - count) == (1UL << count) - 1;

    private static uint FastEntry(int symbol, int second, int symbols, int length) =>
        (uint)(symbol | (second << 8) | (symbols << 16) | (length << 24));

    // Adds to each symbol the one behind it, where the rest of the bits say it.
    private static void PairFastEntries()
    {
        uint[] singles = [.. Fast];
        for (int window = 0; window < singles.Length; window++)
        {
            int length = (int)(singles[window] >> 24);
            uint second = length == 0 ? 0 : singles[(window << length) & (singles.Length - 1)];
            int both = length + (int)(second >> 24);
            if (second != 0 && both <= FastBits)
            {
                Fast[window] = FastEntry((byte)singles[window], (byte)second, symbols: 2, both);
            }
        }
    }
}
