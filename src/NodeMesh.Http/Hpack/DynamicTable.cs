using System.Runtime.InteropServices;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Hpack;

/// <summary>
/// The dynamic table of one direction of one connection (RFC 7541, 2.3.2): newest entry first, oldest evicted, size bounded.
/// Entries lie behind each other in one byte buffer that is compacted when its end is reached; both arrays grow to need only.
/// Owned by an encoder or a decoder.
/// </summary>
internal sealed class DynamicTable
{
    public const int EntryOverhead = 32;

    private byte[] _bytes = [];
    private Entry[] _entries = []; // a ring, its length a power of two
    private uint[] _hashes = []; // beside the entries, for the encoder's search: of name and value
    private uint[] _nameHashes = [];
    private int _oldest;
    private int _end; // where the next entry's bytes go

    public DynamicTable(int maxSize) => MaxSize = maxSize;

    public int Count { get; private set; }

    /// <summary>Bytes of names and values and 32 for each entry (RFC 7541, 4.1).</summary>
    public int Size { get; private set; }

    public int MaxSize { get; private set; }

    /// <summary>Changes the bound and evicts what is above it.</summary>
    public void Resize(int maxSize)
    {
        MaxSize = maxSize;
        EvictTo(maxSize);
    }

    /// <summary>The entry at a place from 0, the newest.</summary>
    public KnownHeader Get(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        ref readonly Entry entry = ref _entries[Slot(index)];
        name = NameOf(entry);
        value = ValueOf(entry);
        return entry.Id;
    }

    /// <summary>
    /// Adds an entry, evicting from the oldest; one that is larger than the table empties it and is not kept (RFC 7541, 4.4).
    /// Neither name nor value may point into this table.
    /// </summary>
    /// <param name="hash">Of name and value, what <see cref="Find"/> is asked with; 0 for a decoder, which does not search.</param>
    /// <param name="nameHash">Of the name, for <see cref="FindName"/>.</param>
    public void Add(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, uint hash = 0, uint nameHash = 0)
    {
        int size = name.Length + value.Length + EntryOverhead;
        if (size > MaxSize)
        {
            EvictTo(0);
            return;
        }
        EvictTo(MaxSize - size);

        int stored = id == KnownHeader.None ? name.Length : 0;
        int offset = Reserve(stored + value.Length);
        name[..stored].CopyTo(_bytes.AsSpan(offset));
        value.CopyTo(_bytes.AsSpan(offset + stored));
        if (Count == _entries.Length)
        {
            GrowEntries();
        }
        int slot = (_oldest + Count) & (_entries.Length - 1);
        _entries[slot] = new Entry(offset, stored, value.Length, id);
        _hashes[slot] = hash;
        _nameHashes[slot] = nameHash;
        Count++;
        Size += size;
    }

    /// <summary>Whether an entry of this size enters without evicting another.</summary>
    public bool HasRoomFor(int nameLength, int valueLength) => Size + nameLength + valueLength + EntryOverhead <= MaxSize;

    /// <summary>The place of the newest entry with this name and value, or -1. The hash is the one it was added with.</summary>
    public int Find(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, uint hash)
    {
        for (int index = NextWith(_hashes, hash, 0); index >= 0; index = NextWith(_hashes, hash, index + 1))
        {
            ref readonly Entry entry = ref _entries[Slot(index)];
            if (entry.Id == id && ValueOf(entry).SequenceEqual(value) && (id != KnownHeader.None || NameOf(entry).SequenceEqual(name)))
            {
                return index;
            }
        }
        return -1;
    }

    /// <summary>The place of the newest entry with this name, or -1. The hash is the one it was added with.</summary>
    public int FindName(KnownHeader id, ReadOnlySpan<byte> name, uint nameHash)
    {
        for (int index = NextWith(_nameHashes, nameHash, 0); index >= 0; index = NextWith(_nameHashes, nameHash, index + 1))
        {
            ref readonly Entry entry = ref _entries[Slot(index)];
            if (entry.Id == id && (id != KnownHeader.None || NameOf(entry).SequenceEqual(name)))
            {
                return index;
            }
        }
        return -1;
    }

    // The next place from this one on, towards older entries, that holds the hash, or -1. The ring is two stretches of the array at most:
    // the newer one ends below the older one's start.
    private int NextWith(uint[] hashes, uint hash, int from)
    {
        int end = _oldest + Count - from; // behind the entry at `from`, as if the ring were straight
        int newer = end - hashes.Length;
        if (newer > 0)
        {
            int found = hashes.AsSpan(0, newer).LastIndexOf(hash);
            if (found >= 0)
            {
                return _oldest + Count - 1 - (found + hashes.Length);
            }
            end = hashes.Length;
        }
        if (end <= _oldest)
        {
            return -1;
        }
        int older = hashes.AsSpan(_oldest, end - _oldest).LastIndexOf(hash);
        return older < 0 ? -1 : Count - 1 - older;
    }

    private int Slot(int index) => (_oldest + Count - 1 - index) & (_entries.Length - 1);

    private ReadOnlySpan<byte> NameOf(in Entry entry) =>
        entry.Id == KnownHeader.None ? _bytes.AsSpan(entry.Offset, entry.NameLength) : KnownHeaders.Name(entry.Id);

    private ReadOnlySpan<byte> ValueOf(in Entry entry) => _bytes.AsSpan(entry.Offset + entry.NameLength, entry.ValueLength);

    private void EvictTo(int size)
    {
        while (Size > size)
        {
            ref readonly Entry entry = ref _entries[_oldest];
            int nameLength = entry.Id == KnownHeader.None ? entry.NameLength : KnownHeaders.Name(entry.Id).Length;
            Size -= nameLength + entry.ValueLength + EntryOverhead;
            _oldest = (_oldest + 1) & (_entries.Length - 1);
            Count--;
        }
    }

    private int Reserve(int length)
    {
        if (_bytes.Length - _end < length)
        {
            MakeRoom(length);
        }
        int offset = _end;
        _end += length;
        return offset;
    }

    private void MakeRoom(int length)
    {
        int start = Count == 0 ? _end : _entries[_oldest].Offset;
        int live = _end - start;

        // Twice the live bytes, so that moving them is paid for by as many bytes added.
        byte[] target = _bytes.Length >= 2 * (live + length) ? _bytes : new byte[Math.Max(256, 2 * (live + length))];
        _bytes.AsSpan(start, live).CopyTo(target);
        _bytes = target;
        _end = live;
        for (int index = 0; index < Count; index++)
        {
            ref Entry entry = ref _entries[Slot(index)];
            entry = entry with { Offset = entry.Offset - start };
        }
    }

    private void GrowEntries()
    {
        int length = Math.Max(8, _entries.Length * 2);
        var entries = new Entry[length];
        var hashes = new uint[length];
        var nameHashes = new uint[length];
        for (int i = 0; i < Count; i++)
        {
            int slot = (_oldest + i) & (_entries.Length - 1);
            entries[i] = _entries[slot];
            hashes[i] = _hashes[slot];
            nameHashes[i] = _nameHashes[slot];
        }
        _entries = entries;
        _hashes = hashes;
        _nameHashes = nameHashes;
        _oldest = 0;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(int Offset, int NameLength, int ValueLength, KnownHeader Id);
}
