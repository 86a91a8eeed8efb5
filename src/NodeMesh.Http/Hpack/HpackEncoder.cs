using System.Buffers.Binary;
using System.Numerics;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Hpack;

/// <summary>
/// Encodes the header blocks of one direction of one connection (RFC 7541). Fields that come again on other streams enter the
/// dynamic table; values that differ each time and secrets do not. Once the table is full, a field must have come before to push others
/// out, and a path always must: so the table holds what repeats, and not the one-time values in between. Owned by the connection.
/// </summary>
internal sealed class HpackEncoder
{
    private const int SeenFields = 64;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly DynamicTable _table;
    private readonly int _ownMaxTableSize;

    // Hashes of fields that came and did not enter the table, each in the place its low bits say.
    private uint[] _seen = [];
    private int _smallestPendingSize = -1;

    /// <param name="maxTableSize">Our bound on the table, in bytes; the peer's setting can only lower it.</param>
    public HpackEncoder(int maxTableSize)
    {
        _ownMaxTableSize = maxTableSize;
        _table = new DynamicTable(HpackDecoder.DefaultTableSize);
        if (maxTableSize < HpackDecoder.DefaultTableSize)
        {
            SetPeerTableSize(maxTableSize);
        }
    }

    public int TableSize => _table.Size;

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE. The next block announces the change (RFC 7541, 4.2).</summary>
    public void SetPeerTableSize(long size)
    {
        int wanted = (int)Math.Min(size, _ownMaxTableSize);
        if (wanted == _table.MaxSize)
        {
            return;
        }
        _table.Resize(wanted);

        // A table that shrank in between must be seen to have shrunk, so the smallest is announced as well.
        _smallestPendingSize = _smallestPendingSize < 0 ? wanted : Math.Min(_smallestPendingSize, wanted);
    }

    /// <summary>The most bytes that <see cref="Encode"/> writes for these fields.</summary>
    public static int MaxEncodedLength(HeaderList fields) => fields.Size + 16;

    /// <summary>Encodes all fields as one block; gives its length.</summary>
    public int Encode(HeaderList fields, Span<byte> destination)
    {
        int at = 0;
        if (_smallestPendingSize >= 0)
        {
            if (_smallestPendingSize < _table.MaxSize)
            {
                WriteInteger(destination, ref at, 0x20, 5, _smallestPendingSize);
            }
            WriteInteger(destination, ref at, 0x20, 5, _table.MaxSize);
            _smallestPendingSize = -1;
        }
        foreach (HeaderField field in fields)
        {
            EncodeField(field, destination, ref at);
        }
        return at;
    }

    private void EncodeField(HeaderField field, Span<byte> destination, ref int at)
    {
        KnownHeader id = field.Id;
        if (field.IsSensitive || IsSecret(id))
        {
            WritePlain(destination, ref at, 0x10, field);
            return;
        }
        int index = StaticTable.Find(id, field.Value);
        if (index > 0)
        {
            WriteInteger(destination, ref at, 0x80, 7, index);
            return;
        }
        if (DiffersEachTime(id) || (id == KnownHeader.Path && field.Value.Contains((byte)'?'))
            || field.Name.Length + field.Value.Length + DynamicTable.EntryOverhead > _table.MaxSize / 2)
        {
            WritePlain(destination, ref at, 0x00, field);
            return;
        }
        uint nameHash = NameHash(id, field.Name);
        uint hash = Mix(nameHash, field.Value);
        int place = _table.Find(id, field.Name, field.Value, hash);
        if (place >= 0)
        {
            WriteInteger(destination, ref at, 0x80, 7, StaticTable.Count + 1 + place);
            return;
        }
        bool enters = id != KnownHeader.Path && _table.HasRoomFor(field.Name.Length, field.Value.Length);
        if (!enters && !CameBefore(hash))
        {
            WritePlain(destination, ref at, 0x00, field);
            return;
        }
        WriteIndexed(destination, ref at, field);
        _table.Add(id, field.Name, field.Value, hash, nameHash);
    }

    // Notes the field for the next time.
    private bool CameBefore(uint hash)
    {
        if (_seen.Length == 0)
        {
            _seen = new uint[SeenFields];
        }
        ref uint seen = ref _seen[hash % SeenFields];
        bool came = seen == hash;
        seen = hash;
        return came;
    }

    private int NameIndex(KnownHeader id, ReadOnlySpan<byte> name)
    {
        int index = StaticTable.FindName(id);
        if (index > 0)
        {
            return index;
        }
        int place = _table.FindName(id, name, NameHash(id, name));
        return place < 0 ? 0 : StaticTable.Count + 1 + place;
    }

    private static bool IsSecret(KnownHeader id) =>
        id is KnownHeader.Authorization or KnownHeader.ProxyAuthorization or KnownHeader.Cookie or KnownHeader.SetCookie;

    private static bool DiffersEachTime(KnownHeader id) => id is
        KnownHeader.ContentLength or KnownHeader.Age or KnownHeader.Date or KnownHeader.ETag or
        KnownHeader.IfModifiedSince or KnownHeader.IfNoneMatch or KnownHeader.LastModified or KnownHeader.Location or
        KnownHeader.Expires or KnownHeader.ContentRange or KnownHeader.Range or KnownHeader.Forwarded or KnownHeader.Traceparent or
        KnownHeader.Tracestate or KnownHeader.XRequestId or KnownHeader.XForwardedFor;

    // A field that does not enter the table, without Huffman: that would save a quarter of such values and cost both ends more than all
    // the rest of the block.
    private void WritePlain(Span<byte> destination, ref int at, byte pattern, HeaderField field)
    {
        int nameIndex = NameIndex(field.Id, field.Name);
        WriteInteger(destination, ref at, pattern, 4, nameIndex);
        if (nameIndex == 0)
        {
            WriteString(destination, ref at, field.Name);
        }
        WriteString(destination, ref at, field.Value);
    }

    // A field that enters the table: spelled out once only.
    private void WriteIndexed(Span<byte> destination, ref int at, HeaderField field)
    {
        int nameIndex = NameIndex(field.Id, field.Name);
        WriteInteger(destination, ref at, 0x40, 6, nameIndex);
        if (nameIndex == 0)
        {
            WriteShortest(destination, ref at, field.Name);
        }
        WriteShortest(destination, ref at, field.Value);
    }

    private static void WriteShortest(Span<byte> destination, ref int at, ReadOnlySpan<byte> text)
    {
        int encoded = HuffmanCode.EncodedLength(text);
        if (encoded >= text.Length)
        {
            WriteString(destination, ref at, text);
            return;
        }
        WriteInteger(destination, ref at, 0x80, 7, encoded);
        HuffmanCode.Encode(text, destination.Slice(at, encoded));
        at += encoded;
    }

    private static void WriteString(Span<byte> destination, ref int at, ReadOnlySpan<byte> text)
    {
        WriteInteger(destination, ref at, 0x00, 7, text.Length);
        text.CopyTo(destination[at..]);
        at += text.Length;
    }

    private static void WriteInteger(Span<byte> destination, ref int at, byte pattern, int prefixBits, int value)
    {
        int mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            destination[at++] = (byte)(pattern | value);
            return;
        }
        destination[at++] = (byte)(pattern | mask);
        value -= mask;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[at++] = (byte)value;
    }

    // Entries are compared in full afterwards; the hashes only save comparisons.
    private static uint NameHash(KnownHeader id, ReadOnlySpan<byte> name) =>
        id == KnownHeader.None ? Mix(0x9E37_79B9u, name) : (uint)id * 0x9E37_79B1u;

    // Eight bytes at a time; the length goes in, because the last step may overlap the one before.
    private static uint Mix(uint seed, ReadOnlySpan<byte> bytes)
    {
        ulong hash = (seed ^ ((ulong)bytes.Length << 32)) * Multiplier;
        if (bytes.Length < 8)
        {
            ulong few = 0;
            foreach (byte next in bytes)
            {
                few = (few << 8) | next;
            }
            return Step(hash, few);
        }
        for (ReadOnlySpan<byte> rest = bytes; rest.Length > 8; rest = rest[8..])
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) * Multiplier;
        }
        return Step(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]));

        static uint Step(ulong hash, ulong last) => (uint)(((BitOperations.RotateLeft(hash, 23) ^ last) * Multiplier) >> 32);
    }
}
