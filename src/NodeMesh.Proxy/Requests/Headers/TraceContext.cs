using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>Where a request stands in its trace (W3C Trace Context, level 1): the header <c>traceparent</c> as numbers.</summary>
/// <param name="TraceHigh">The first half of the trace's id.</param>
/// <param name="TraceLow">The second half; the two are not both 0.</param>
/// <param name="SpanId">The span that the request is sent on under; not 0.</param>
/// <param name="ParentId">The span it came under, or 0 when the trace begins here.</param>
/// <param name="IsSampled">The trace is recorded.</param>
internal readonly record struct TraceContext(ulong TraceHigh, ulong TraceLow, ulong SpanId, ulong ParentId, bool IsSampled)
{
    /// <summary>The length of a trace's id in text.</summary>
    internal const int TraceIdLength = 32;

    /// <summary>One in a hundred, in millionths.</summary>
    internal const int DefaultSampling = 10_000;

    private const int SamplingUnit = 1_000_000;
    private const int Length = 55;
    private const int TraceAt = 3;
    private const int SpanAt = 36;
    private const int FlagsAt = 53;
    private const byte SampledFlag = 1;

    /// <summary>
    /// Passes the request's trace on under a new span, or begins one when it has none that is right. Both headers are set accordingly; the
    /// state of a trace that is not taken over goes.
    /// </summary>
    /// <param name="headers">The request's.</param>
    /// <param name="random">The loop's.</param>
    /// <param name="sampling">How many of a million traces that begin here are recorded.</param>
    public static TraceContext Advance(HeaderList headers, Random random, int sampling = DefaultSampling)
    {
        var span = NotZero(random);
        TraceContext context;
        if (TryRead(headers, out var incoming))
        {
            context = incoming with { SpanId = span, ParentId = incoming.SpanId };
        }
        else
        {
            headers.Remove(KnownHeader.Tracestate);
            context = new TraceContext((ulong)random.NextInt64(long.MinValue, long.MaxValue), NotZero(random), span, 0, random.Next(SamplingUnit) < sampling);
        }

        headers.Remove(KnownHeader.Traceparent);
        Span<byte> text = stackalloc byte[Length];
        context.Write(text);
        headers.Add(KnownHeader.Traceparent, text);
        return context;
    }

    /// <summary>Reads the request's <c>traceparent</c>; false when there is none, more than one, or it is not right.</summary>
    public static bool TryRead(HeaderList headers, out TraceContext context)
    {
        context = default;
        var index = headers.IndexOf(KnownHeader.Traceparent);
        if (index < 0)
        {
            return false;
        }

        for (var i = index + 1; i < headers.Count; i++)
        {
            if (headers.IdAt(i) == KnownHeader.Traceparent)
            {
                return false;
            }
        }

        return TryParse(headers.ValueAt(index), out context);
    }

    /// <summary>Reads <c>version-trace-span-flags</c>; of a later version what this one knows (section 4.3).</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out TraceContext context)
    {
        context = default;
        if (text.Length < Length
            || !HexText.TryRead(text[..2], out var version)
            || version == 0xFF
            || (version == 0 ? text.Length != Length : text.Length > Length && text[Length] != (byte)'-')
            || text[TraceAt - 1] != (byte)'-'
            || text[SpanAt - 1] != (byte)'-'
            || text[FlagsAt - 1] != (byte)'-'
            || !HexText.TryRead(text.Slice(TraceAt, 16), out var high)
            || !HexText.TryRead(text.Slice(TraceAt + 16, 16), out var low)
            || !HexText.TryRead(text.Slice(SpanAt, 16), out var span)
            || !HexText.TryRead(text.Slice(FlagsAt, 2), out var flags)
            || (high | low) == 0
            || span == 0)
        {
            return false;
        }

        context = new TraceContext(high, low, span, 0, (flags & SampledFlag) != 0);
        return true;
    }

    /// <summary>Writes the trace's id, in <see cref="TraceIdLength"/> digits.</summary>
    public void WriteTraceId(Span<byte> digits)
    {
        HexText.Write(TraceHigh, digits[..16]);
        HexText.Write(TraceLow, digits.Slice(16, 16));
    }

    private static ulong NotZero(Random random)
    {
        ulong value;
        do
        {
            value = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }
        while (value == 0);
        return value;
    }

    private void Write(Span<byte> text)
    {
        "00-"u8.CopyTo(text);
        WriteTraceId(text.Slice(TraceAt, TraceIdLength));
        text[SpanAt - 1] = (byte)'-';
        HexText.Write(SpanId, text.Slice(SpanAt, 16));
        text[FlagsAt - 1] = (byte)'-';
        HexText.Write(IsSampled ? SampledFlag : 0UL, text.Slice(FlagsAt, 2));
    }
}
