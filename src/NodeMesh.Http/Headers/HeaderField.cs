using System.Text;

namespace NodeMesh.Http.Headers;

/// <summary>One field of a <see cref="HeaderList"/>: a view that is valid as long as the list is not changed.</summary>
public readonly ref struct HeaderField
{
    internal HeaderField(KnownHeader id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool sensitive)
    {
        Id = id;
        Name = name;
        Value = value;
        IsSensitive = sensitive;
    }

    /// <summary>The number of the name, or <see cref="KnownHeader.None"/>.</summary>
    public KnownHeader Id { get; }

    /// <summary>The name's bytes, lower case in HTTP/2.</summary>
    public ReadOnlySpan<byte> Name { get; }

    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The field must not enter a compression table, here or further on (RFC 7541, 6.2.3).</summary>
    public bool IsSensitive { get; }

    /// <summary>Allocates; for logs and tests.</summary>
    public override string ToString() => $"{Encoding.Latin1.GetString(Name)}: {Encoding.Latin1.GetString(Value)}";
}
