namespace NodeMesh.Linux.Diagnostics;

/// <summary>Walks a list of netlink attributes (struct nlattr). Pure; every length is checked, and what follows a broken attribute is not read.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    /// <summary>struct nlattr.</summary>
    public const int HeaderLength = 4;

    /// <summary>The attribute's value is a list of attributes.</summary>
    public const ushort NLA_F_NESTED = 0x8000;

    private const ushort NLA_TYPE_MASK = 0x3fff;

    private ReadOnlySpan<byte> _rest = bytes;

    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The walk ended at an attribute whose length cannot be.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The value of the first attribute of a type; false when it is not there or the list is broken before it.</summary>
    public static bool TryFind(ReadOnlySpan<byte> bytes, ushort type, out ReadOnlySpan<byte> value)
    {
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.MoveNext())
        {
            if (attributes.Type == type)
            {
                value = attributes.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public bool MoveNext()
    {
        if (_rest.Length < HeaderLength)
        {
            return false;
        }

        int length = NetlinkMessage.Read<ushort>(_rest);
        if (length < HeaderLength || length > _rest.Length)
        {
            IsBroken = true;
            _rest = default;
            return false;
        }

        Type = (ushort)(NetlinkMessage.Read<ushort>(_rest[2..]) & NLA_TYPE_MASK);
        Value = _rest[HeaderLength..length];
        _rest = _rest[Math.Min(_rest.Length, NetlinkMessage.Align(length))..];
        return true;
    }
}
