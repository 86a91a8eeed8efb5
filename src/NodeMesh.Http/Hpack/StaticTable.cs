using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Hpack;

/// <summary>The static table of RFC 7541, appendix A: index 1 to 61. Immutable, any thread.</summary>
internal static class StaticTable
{
    public const int Count = 61;

    // From accept-charset (15) on, each name stands once and in the order of KnownHeader.
    private const int FirstPlain = 15;
    private const int PlainShift = FirstPlain - (int)KnownHeader.AcceptCharset;

    /// <summary>The name at an index of 1 to 61.</summary>
    public static KnownHeader Name(int index) => index switch
    {
        1 => KnownHeader.Authority,
        2 or 3 => KnownHeader.Method,
        4 or 5 => KnownHeader.Path,
        6 or 7 => KnownHeader.Scheme,
        < FirstPlain => KnownHeader.Status,
        _ => (KnownHeader)(index - PlainShift),
    };

    /// <summary>The value at an index of 1 to 61; most are empty.</summary>
    public static ReadOnlySpan<byte> Value(int index) => index switch
    {
        2 => "GET"u8,
        3 => "POST"u8,
        4 => "/"u8,
        5 => "/index.html"u8,
        6 => "http"u8,
        7 => "https"u8,
        8 => "200"u8,
        9 => "204"u8,
        10 => "206"u8,
        11 => "304"u8,
        12 => "400"u8,
        13 => "404"u8,
        14 => "500"u8,
        16 => "gzip, deflate"u8,
        _ => default,
    };

    /// <summary>The first index with this name, or 0.</summary>
    public static int FindName(KnownHeader name) => name switch
    {
        KnownHeader.None => 0,
        KnownHeader.Authority => 1,
        KnownHeader.Method => 2,
        KnownHeader.Path => 4,
        KnownHeader.Scheme => 6,
        KnownHeader.Status => 8,
        <= KnownHeader.WwwAuthenticate => (int)name + PlainShift,
        _ => 0,
    };

    /// <summary>The index with this name and value, or 0. Plain names have an entry with the empty value only.</summary>
    public static int Find(KnownHeader name, ReadOnlySpan<byte> value)
    {
        int first = FindName(name);
        bool isPlain = name > KnownHeader.Status && name != KnownHeader.AcceptEncoding;
        if (first == 0 || (isPlain && !value.IsEmpty))
        {
            return 0;
        }
        int last = name switch
        {
            KnownHeader.Method => 3,
            KnownHeader.Path => 5,
            KnownHeader.Scheme => 7,
            KnownHeader.Status => 14,
            _ => first,
        };
        for (int index = first; index <= last; index++)
        {
            if (Value(index).SequenceEqual(value))
            {
                return index;
            }
        }
        return 0;
    }
}
