using System.Buffers;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Hpack;

/// <summary>
/// Decodes the header blocks of one direction of one connection (RFC 7541). A block that is larger than the limits is still
/// decoded to its end, because the dynamic table must stay in step with the peer's, but nothing above the limits is kept.
/// Owned by the connection.
/// </summary>
internal sealed class HpackDecoder
{
    private readonly DynamicTable _table = new(DefaultTableSize);
    private int _allowedTableSize = DefaultTableSize;
    private bool _sizeUpdateDue;
    private byte[]? _scratch;

    public const int DefaultTableSize = 4096;

    /// <summary>
    /// The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. When that is less than its table, its next block must start with a size update (RFC 7541, 4.2).
    /// </summary>
    public void SetAllowedTableSize(int size)
    {
        _allowedTableSize = size;
        _sizeUpdateDue = size < _table.MaxSize;
    }

    /// <summary>Before our setting is acknowledged, a peer that has seen it may already use a larger table.</summary>
    public void AnnounceTableSize(int size) => _allowedTableSize = Math.Max(_allowedTableSize, size);

    /// <summary>
    /// Decodes one whole block and appends its fields. <paramref name="overLimit"/>: the list, counted after decoding, is larger than
    /// <paramref name="maxSize"/> (32 bytes of overhead for each field) or has more than <paramref name="maxFields"/> fields.
    /// </summary>
    public HpackError Decode(ReadOnlySpan<byte> block, HeaderList fields, int maxSize, int maxFields, out bool overLimit)
    {
        HpackError error = DecodeFields(block, fields, maxSize, maxFields, out overLimit);
        if (_scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = null;
        }
        return error;
    }

    private HpackError DecodeFields(ReadOnlySpan<byte> block, HeaderList fields, int maxSize, int maxFields, out bool overLimit)
    {
        overLimit = false;
        int at = 0;
        bool sawField = false;
        while (at < block.Length)
        {
            byte first = block[at];
            if ((first & 0xE0) == 0x20)
            {
                HpackError sizeError = ReadSizeUpdate(block, ref at, sawField);
                if (sizeError != HpackError.None)
                {
                    return sizeError;
                }
                continue;
            }
            if (_sizeUpdateDue)
            {
                return HpackError.TableSizeMissing;
            }
            sawField = true;

            KnownHeader id;
            ReadOnlySpan<byte> name;
            ReadOnlySpan<byte> value;
            bool sensitive = false;
            HpackError error;
            if ((first & 0x80) != 0)
            {
                if (!TryReadInteger(block, ref at, 7, out int index, out error)
                    || !TryGetIndexed(index, out id, out name, out value, out error))
                {
                    return error;
                }
            }
            else
            {
                bool indexing = (first & 0x40) != 0;
                sensitive = !indexing && (first & 0x10) != 0;
                if (!TryReadInteger(block, ref at, indexing ? 6 : 4, out int index, out error)
                    || !TryReadName(block, ref at, index, copy: indexing, out id, out name, out int scratchUsed, out error)
                    || !TryReadString(block, ref at, scratchUsed, out value, out error))
                {
                    return error;
                }
                if (indexing)
                {
                    _table.Add(id, name, value);
                }
            }

            int size = name.Length + value.Length + DynamicTable.EntryOverhead;
            if (overLimit || fields.Size > maxSize - size || fields.Count >= maxFields)
            {
                overLimit = true;
                continue;
            }
            fields.AddCore(id, id == KnownHeader.None ? name : default, value, sensitive);
        }
        return HpackError.None;
    }

    private HpackError ReadSizeUpdate(ReadOnlySpan<byte> block, ref int at, bool sawField)
    {
        if (sawField)
        {
            return HpackError.TableSizeMisplaced;
        }
        if (!TryReadInteger(block, ref at, 5, out int size, out HpackError error))
        {
            return error;
        }
        if (size > _allowedTableSize)
        {
            return HpackError.TableSizeTooLarge;
        }
        _table.Resize(size);
        _sizeUpdateDue = false;
        return HpackError.None;
    }

    private bool TryGetIndexed(
        int index, out KnownHeader id, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out HpackError error)
    {
        error = HpackError.None;
        if (index is > 0 and <= StaticTable.Count)
        {
            id = StaticTable.Name(index);
            name = KnownHeaders.Name(id);
            value = StaticTable.Value(index);
            return true;
        }
        if (index > StaticTable.Count && index - StaticTable.Count <= _table.Count)
        {
            id = _table.Get(index - StaticTable.Count - 1, out name, out value);
            return true;
        }
        id = KnownHeader.None;
        name = default;
        value = default;
        error = HpackError.IndexOutOfRange;
        return false;
    }

    // A name that is to be indexed anew is copied out of the table first, because adding may evict or move it.
    private bool TryReadName(
        ReadOnlySpan<byte> block,
        scoped ref int at,
        int index,
        bool copy,
        out KnownHeader id,
        out ReadOnlySpan<byte> name,
        out int scratchUsed,
        out HpackError error)
    {
        scratchUsed = 0;
        if (index == 0)
        {
            bool read = TryReadString(block, ref at, 0, out name, out error);
            id = read ? KnownHeaders.Find(name) : KnownHeader.None;
            scratchUsed = read && id == KnownHeader.None ? name.Length : 0;
            if (id != KnownHeader.None)
            {
                name = KnownHeaders.Name(id);
            }
            return read;
        }
        if (!TryGetIndexed(index, out id, out name, out _, out error))
        {
            return false;
        }
        if (copy && id == KnownHeader.None && index > StaticTable.Count)
        {
            Span<byte> scratch = Scratch(block.Length);
            name.CopyTo(scratch);
            name = scratch[..name.Length];
            scratchUsed = name.Length;
        }
        return true;
    }

    private bool TryReadString(ReadOnlySpan<byte> block, scoped ref int at, int scratchUsed, out ReadOnlySpan<byte> text, out HpackError error)
    {
        text = default;
        if (at >= block.Length)
        {
            error = HpackError.Truncated;
            return false;
        }
        bool huffman = (block[at] & 0x80) != 0;
        if (!TryReadInteger(block, ref at, 7, out int length, out error))
        {
            return false;
        }
        if (length > block.Length - at)
        {
            error = HpackError.Truncated;
            return false;
        }
        ReadOnlySpan<byte> raw = block.Slice(at, length);
        at += length;
        if (!huffman)
        {
            text = raw;
            return true;
        }

        Span<byte> scratch = Scratch(block.Length)[scratchUsed..];
        if (!HuffmanCode.TryDecode(raw, scratch, out int written))
        {
            error = HpackError.HuffmanInvalid;
            return false;
        }
        text = scratch[..written];
        return true;
    }

    // Rented once for a block, with room for a name copied out of the table and all that the block can decode to: it never moves.
    private Span<byte> Scratch(int blockLength) =>
        _scratch ??= ArrayPool<byte>.Shared.Rent(_table.MaxSize + HuffmanCode.MaxDecodedLength(blockLength));

    private static bool TryReadInteger(ReadOnlySpan<byte> block, scoped ref int at, int prefixBits, out int value, out HpackError error)
    {
        int mask = (1 << prefixBits) - 1;
        value = block[at++] & mask;
        error = HpackError.None;
        if (value < mask)
        {
            return true;
        }
        long sum = value;
        for (int shift = 0; at < block.Length; shift += 7)
        {
            byte next = block[at++];
            sum += (long)(next & 0x7F) << shift;

            // Four more bytes reach 2^28, more than any length or index a block may hold; the bound also stops strings of zeros.
            if (shift > 21 || sum > int.MaxValue)
            {
                error = HpackError.IntegerTooLarge;
                return false;
            }
            if ((next & 0x80) == 0)
            {
                value = (int)sum;
                return true;
            }
        }
        error = HpackError.Truncated;
        return false;
    }
}
