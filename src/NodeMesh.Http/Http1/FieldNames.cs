using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>The names of known fields as HTTP/1.1 is used to see them, with colon and blank behind. Immutable, any thread.</summary>
internal static class FieldNames
{
    private static readonly byte[][] Spelled = Build();

    public static ReadOnlySpan<byte> WithColon(KnownHeader id) => Spelled[(int)id];

    private static byte[][] Build()
    {
        var names = new byte[KnownHeaders.Count + 1][];
        names[0] = [];
        for (int id = 1; id < names.Length; id++)
        {
            names[id] = [.. Spell((KnownHeader)id), .. ": "u8];
        }
        return names;
    }

    private static byte[] Spell(KnownHeader id)
    {
        byte[] name = KnownHeaders.Name(id).ToArray();
        switch (id)
        {
            case KnownHeader.ETag:
                return "ETag"u8.ToArray();
            case KnownHeader.WwwAuthenticate:
                return "WWW-Authenticate"u8.ToArray();
            case KnownHeader.Te:
                return "TE"u8.ToArray();
            case KnownHeader.Baggage or KnownHeader.Traceparent or KnownHeader.Tracestate or KnownHeader.Priority
                or KnownHeader.GrpcTimeout or KnownHeader.GrpcStatus or KnownHeader.GrpcMessage or KnownHeader.NodemeshRefused:
                return name;
            default:
                bool first = true;
                for (int i = 0; i < name.Length; i++)
                {
                    if (first && name[i] is >= (byte)'a' and <= (byte)'z')
                    {
                        name[i] -= 0x20;
                    }
                    first = name[i] == (byte)'-';
                }
                return name;
        }
    }
}
