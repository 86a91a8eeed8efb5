using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Hpack;

/// <summary>
/// Encodes the header blocks of one direction of one connection (RFC 7541). Fields that come again on other streams enter the
/// dynamic table; values that differ each time and secrets do not. Owned by the connection.
/// </summary>
internal sealed class HpackEncoder
{
    private readonly DynamicTable _table;
    private readonly int _ownMaxTableSize;
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
            WriteLiteral(destination, ref at, 0x10, 4, NameIndex(id, field.Name), field);
            return;
        }
        int index = StaticTable.Find(id, field.Value);
        if (index > 0)
        {
            WriteInteger(destination, ref at, 0x80, 7, index);
            return;
        }
        if (DiffersEachTime(id) || field.Name.Length + field.Value.Length + DynamicTable.EntryOverhead > _table.MaxSize / 2)
        {
            WriteLiteral(destination, ref at, 0x00, 4, NameIndex(id, field.Name), field);
            return;
        }
        uint hash = Hash(id, field.Name, field.Value);
        int place = _table.Find(id, field.Name, field.Value, hash);
        if (place >= 0)
        {
            WriteInteger(destination, ref at, 0x80, 7, StaticTable.Count + 1 + place);
            return;
        }
        WriteLiteral(destination, ref at, 0x40, 6, NameIndex(id, field.Name), field);
        _table.Add(id, field.Name, field.Value, hash);
    }

    private int NameIndex(KnownHeader id, ReadOnlySpan<byte> name)
    {
        int index = StaticTable.FindName(id);
        if (index > 0)
        {
            return index;
        }
        int place = _table.FindName(id, name);
        return place < 0 ? 0 : StaticTable.Count + 1 + place;
    }

    private static bool IsSecret(KnownHeader id) =>
        id is KnownHeader.Authorization or KnownHeader.ProxyAuthorization or KnownHeader.Cookie or KnownHeader.SetCookie;

    private static bool DiffersEachTime(KnownHeader id) => id is
        KnownHeader.Path or KnownHeader.ContentLength or KnownHeader.Age or KnownHeader.Date or KnownHeader.ETag or
        KnownHeader.IfModifiedSince or KnownHeader.IfNoneMatch or KnownHeader.LastModified or KnownHeader.Location or
        KnownHeader.Expires or KnownHeader.ContentRange or KnownHeader.Range or KnownHeader.Forwarded or KnownHeader.Traceparent or
        KnownHeader.Tracestate or KnownHeader.XRequestId or KnownHeader.XForwardedFor;

    private static void WriteLiteral(Span<byte> destination, ref int at, byte pattern, int prefixBits, int nameIndex, HeaderField field)
    {
        WriteInteger(destination, ref at, pattern, prefixBits, nameIndex);
        if (nameIndex == 0)
        {
            WriteString(destination, ref at, field.Name);
        }
        WriteString(destination, ref at, field.Value);
    }

    private static void WriteString(Span<byte> destination, ref int at, ReadOnlySpan<byte> text)
    {
        int encoded = HuffmanCode.EncodedLength(text);
        if (encoded < text.Length)
        {
            WriteInteger(destination, ref at, 0x80, 7, encoded);
            HuffmanCode.Encode(text, destination.Slice(at, encoded));
            at += encoded;
            return;
        }
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

    private static uint Hash(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // Entries are compared in full afterwards; the hash only saves comparisons.
        uint hash = 2166136261u ^ (uint)id;
        if (id == KnownHeader.None)
        {
            hash = Mix(hash, name);
        }
        return Mix(hash, value);
    }

    private static uint Mix(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte next in bytes)
        {
            hash = (hash ^ next) * 16777619u;
        }
        return hash;
    }
}
