using System.Buffers.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The header <c>grpc-timeout</c> (gRPC over HTTP/2): at most eight digits and a unit of H, M, S, m, u or n.</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private const long MostInDigits = 99_999_999;

    /// <summary>Coarser from one to the next; nanoseconds are finer than a <see cref="TimeSpan"/>.</summary>
    private static readonly (byte Unit, long Ticks)[] Units =
    [
        ((byte)'u', TimeSpan.TicksPerMicrosecond),
        ((byte)'m', TimeSpan.TicksPerMillisecond),
        ((byte)'S', TimeSpan.TicksPerSecond),
        ((byte)'M', TimeSpan.TicksPerMinute),
        ((byte)'H', TimeSpan.TicksPerHour),
    ];

    /// <summary>The call's deadline from now; false when it has none, or one that is not right and therefore holds for nobody.</summary>
    public static bool TryRead(HeaderList headers, out TimeSpan timeout)
    {
        timeout = default;
        return headers.TryGet(KnownHeader.GrpcTimeout, out var text) && TryParse(text, out timeout);
    }

    /// <summary>Sets what is left of the deadline.</summary>
    public static void Set(HeaderList headers, TimeSpan left)
    {
        headers.Remove(KnownHeader.GrpcTimeout);
        Span<byte> text = stackalloc byte[MaxDigits + 1];
        headers.Add(KnownHeader.GrpcTimeout, text[..Format(left, text)]);
    }

    internal static bool TryParse(ReadOnlySpan<byte> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1
            || text[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(text[..^1], out long amount, out _))
        {
            return false;
        }

        if (text[^1] == (byte)'n')
        {
            timeout = TimeSpan.FromTicks((amount + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }

        foreach (var (unit, ticks) in Units)
        {
            if (text[^1] == unit)
            {
                timeout = TimeSpan.FromTicks(amount * ticks);
                return true;
            }
        }

        return false;
    }

    /// <summary>In the finest unit that has room, rounded up; what is over already is the shortest there is. Returns the length.</summary>
    internal static int Format(TimeSpan left, Span<byte> text)
    {
        if (left <= TimeSpan.Zero)
        {
            "1n"u8.CopyTo(text);
            return 2;
        }

        foreach (var (unit, ticks) in Units)
        {
            var amount = (left.Ticks / ticks) + (left.Ticks % ticks == 0 ? 0 : 1);
            if (amount <= MostInDigits)
            {
                return Write(amount, unit, text);
            }
        }

        return Write(MostInDigits, (byte)'H', text);
    }

    private static int Write(long amount, byte unit, Span<byte> text)
    {
        Utf8Formatter.TryFormat(amount, text, out var digits);
        text[digits] = unit;
        return digits + 1;
    }
}
