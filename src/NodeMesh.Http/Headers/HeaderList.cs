using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace NodeMesh.Http.Headers;

/// <summary>
/// The fields of one message in order: names and values are slices of one pooled byte buffer, known names are numbers.
/// Reusable: <see cref="Clear"/> keeps the buffers, <see cref="Release"/> gives them back to the pool until the next field is added.
/// One thread at a time.
/// </summary>
public sealed class HeaderList
{
    private const int FirstBytes = 512;
    private const int FirstFields = 16;

    private byte[] _bytes = [];
    private Field[] _fields = [];
    private int _used;

    /// <summary>How many fields there are.</summary>
    public int Count { get; private set; }

    /// <summary>The size by RFC 9113, 6.5.2: the bytes of names and values, and 32 for each field.</summary>
    public int Size { get; private set; }

    public HeaderField this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            ref readonly Field field = ref _fields[index];
            return new HeaderField(field.Id, NameOf(field), ValueOf(field), field.Sensitive);
        }
    }

    public KnownHeader IdAt(int index) => this[index].Id;

    public ReadOnlySpan<byte> NameAt(int index) => this[index].Name;

    public ReadOnlySpan<byte> ValueAt(int index) => this[index].Value;

    /// <summary>Appends a field whose name is known.</summary>
    public void Add(KnownHeader name, ReadOnlySpan<byte> value, bool sensitive = false)
    {
        if (name == KnownHeader.None)
        {
            throw new ArgumentException("A field without a known name is added by the bytes of its name.", nameof(name));
        }
        AddCore(name, default, value, sensitive);
    }

    /// <summary>Appends a field; the name must be lower case for HTTP/2. A known name is found and stored as its number.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive = false)
    {
        KnownHeader id = KnownHeaders.Find(name);
        AddCore(id, id == KnownHeader.None ? name : default, value, sensitive);
    }

    /// <summary>Appends a field with an ASCII value.</summary>
    public void Add(KnownHeader name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        byte[]? rented = null;
        Span<byte> bytes = value.Length <= 256 ? stackalloc byte[256] : rented = ArrayPool<byte>.Shared.Rent(value.Length);
        int length = Encoding.Latin1.GetBytes(value, bytes);
        Add(name, bytes[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Appends a field given as text; the name must be lower case for HTTP/2.</summary>
    public void Add(string name, string value) => Add(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));

    /// <summary>The first value under a known name.</summary>
    public bool TryGet(KnownHeader name, out ReadOnlySpan<byte> value)
    {
        int index = IndexOf(name);
        value = index < 0 ? default : ValueOf(_fields[index]);
        return index >= 0;
    }

    /// <summary>The first value under a name given by its bytes, compared exactly.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        KnownHeader id = KnownHeaders.Find(name);
        if (id != KnownHeader.None)
        {
            return TryGet(id, out value);
        }
        foreach (ref readonly Field field in _fields.AsSpan(0, Count))
        {
            if (field.Id == KnownHeader.None && NameOf(field).SequenceEqual(name))
            {
                value = ValueOf(field);
                return true;
            }
        }
        value = default;
        return false;
    }

    public bool Contains(KnownHeader name) => IndexOf(name) >= 0;

    /// <summary>The first value as text, or null. Allocates the string.</summary>
    public string? GetString(KnownHeader name) => TryGet(name, out ReadOnlySpan<byte> value) ? Encoding.Latin1.GetString(value) : null;

    /// <summary>The first value as text, or null. Allocates the string.</summary>
    public string? GetString(ReadOnlySpan<byte> name) => TryGet(name, out ReadOnlySpan<byte> value) ? Encoding.Latin1.GetString(value) : null;

    /// <summary>The place of the first field with this name, or -1.</summary>
    public int IndexOf(KnownHeader name)
    {
        Field[] fields = _fields;
        for (int i = 0; i < Count; i++)
        {
            if (fields[i].Id == name)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Puts a field whose name is known before the one at this place; pseudo-headers stand first.</summary>
    public void Insert(int index, KnownHeader name, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, (uint)Count, nameof(index));
        Add(name, value);
        Field inserted = _fields[Count - 1];
        _fields.AsSpan(index, Count - 1 - index).CopyTo(_fields.AsSpan(index + 1));
        _fields[index] = inserted;
    }

    /// <summary>Gives the field at this place, whose name is known, another value.</summary>
    public void SetValueAt(int index, ReadOnlySpan<byte> value)
    {
        KnownHeader name = IdAt(index);
        bool sensitive = _fields[index].Sensitive;
        int old = ValueOf(_fields[index]).Length;
        AddCore(name, default, value, sensitive);
        _fields[index] = _fields[--Count];
        Size -= KnownHeaders.Name(name).Length + old + 32;
    }

    /// <summary>Removes the field at this place and keeps the order of the others.</summary>
    public void RemoveAt(int index)
    {
        HeaderField field = this[index];
        Size -= field.Name.Length + field.Value.Length + 32;
        Count--;
        _fields.AsSpan(index + 1, Count - index).CopyTo(_fields.AsSpan(index));
    }

    /// <summary>Removes every field with this name; says how many there were.</summary>
    public int Remove(KnownHeader name)
    {
        int removed = 0;
        for (int i = Count - 1; i >= 0; i--)
        {
            if (_fields[i].Id == name)
            {
                RemoveAt(i);
                removed++;
            }
        }
        return removed;
    }

    /// <summary>Appends all fields to another list.</summary>
    public void CopyTo(HeaderList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (ref readonly Field field in _fields.AsSpan(0, Count))
        {
            ReadOnlySpan<byte> name = field.Id == KnownHeader.None ? NameOf(field) : default;
            other.AddCore(field.Id, name, ValueOf(field), field.Sensitive);
        }
    }

    /// <summary>Exchanges the fields of two lists, without copying them.</summary>
    public void Swap(HeaderList other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (_bytes, other._bytes) = (other._bytes, _bytes);
        (_fields, other._fields) = (other._fields, _fields);
        (_used, other._used) = (other._used, _used);
        (Count, other.Count) = (other.Count, Count);
        (Size, other.Size) = (other.Size, Size);
    }

    /// <summary>Removes the fields from the place <paramref name="count"/> on: those that were added last.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        while (Count > count)
        {
            RemoveAt(Count - 1);
        }
    }

    /// <summary>Empties the list and keeps its buffers.</summary>
    public void Clear()
    {
        Count = 0;
        Size = 0;
        _used = 0;
    }

    /// <summary>Empties the list; keeps buffers of usual size and gives larger ones back to the pool.</summary>
    internal void Trim()
    {
        if (_bytes.Length > 2 * FirstBytes || _fields.Length > 2 * FirstFields)
        {
            Release();
            return;
        }
        Clear();
    }

    /// <summary>Empties the list and gives its buffers back to the pool.</summary>
    public void Release()
    {
        Clear();
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
        if (_fields.Length > 0)
        {
            ArrayPool<Field>.Shared.Return(_fields);
            _fields = [];
        }
    }

    public Enumerator GetEnumerator() => new(this);

    /// <summary>Every byte the fields stand in; holds those of removed fields and replaced values too.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _used);

    /// <summary>Appends a field as HTTP/1.1 spells it: the name, a token in any case, is stored in lower case.</summary>
    internal void AddInAnyCase(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (id != KnownHeader.None)
        {
            AddCore(id, default, value, sensitive: false);
            return;
        }
        AddCore(KnownHeader.None, name, value, sensitive: false);
        ref readonly Field field = ref _fields[Count - 1];
        Ascii.ToLowerInPlace(_bytes.AsSpan(field.Offset, field.NameLength), out _);
    }

    internal void AddCore(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive)
    {
        Debug.Assert(id == KnownHeader.None || name.IsEmpty, "a known name keeps no bytes");
        int needed = name.Length + value.Length;
        if (_bytes.Length - _used < needed || Count == _fields.Length)
        {
            // A span of this very list may be added again: the old buffer stays readable until the copy is done.
            byte[] old = _bytes;
            Grow(needed);
            Append(id, name, value, sensitive);
            if (old.Length > 0 && !ReferenceEquals(old, _bytes))
            {
                ArrayPool<byte>.Shared.Return(old);
            }
            return;
        }
        Append(id, name, value, sensitive);
    }

    private void Append(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive)
    {
        name.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(_used + name.Length));
        _fields[Count++] = new Field(_used, name.Length, value.Length, id, sensitive);
        _used += name.Length + value.Length;
        Size += (id == KnownHeader.None ? name.Length : KnownHeaders.Name(id).Length) + value.Length + 32;
    }

    private void Grow(int needed)
    {
        if (_bytes.Length - _used < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, Math.Max(_bytes.Length * 2, _used + needed)));
            _bytes.AsSpan(0, _used).CopyTo(larger);
            _bytes = larger;
        }
        if (Count == _fields.Length)
        {
            Field[] larger = ArrayPool<Field>.Shared.Rent(Math.Max(FirstFields, _fields.Length * 2));
            _fields.AsSpan(0, Count).CopyTo(larger);
            if (_fields.Length > 0)
            {
                ArrayPool<Field>.Shared.Return(_fields);
            }
            _fields = larger;
        }
    }

    private ReadOnlySpan<byte> NameOf(in Field field) =>
        field.Id == KnownHeader.None ? _bytes.AsSpan(field.Offset, field.NameLength) : KnownHeaders.Name(field.Id);

    private ReadOnlySpan<byte> ValueOf(in Field field) => _bytes.AsSpan(field.Offset + field.NameLength, field.ValueLength);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Field(int Offset, int NameLength, int ValueLength, KnownHeader Id, bool Sensitive);

    /// <summary>Walks the fields in order without allocating.</summary>
    public ref struct Enumerator
    {
        private readonly HeaderList _list;
        private int _index;

        internal Enumerator(HeaderList list)
        {
            _list = list;
            _index = -1;
        }

        public readonly HeaderField Current => _list[_index];

        public bool MoveNext() => ++_index < _list.Count;
    }
}
