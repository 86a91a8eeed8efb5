using System.Buffers;
using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// What an entry of the access log says of an HTTP request. Texts are copied, each cut at its limit, into one buffer of the entry, so that
/// filling it allocates nothing; only texts longer than usual borrow a larger buffer, until the line is written.
/// </summary>
public sealed class AccessLogRequest
{
    private const int Texts = (int)AccessLogText.TraceId + 1;
    private const int UsualBytes = 512;

    private static readonly int[] Limits = [32, 256, 2048, 256, 128, 32];

    private readonly byte[] _usual = new byte[UsualBytes];
    private readonly (int Offset, int Length)[] _texts = new (int, int)[Texts];
    private byte[]? _larger;
    private int _used;

    /// <summary>Stands at the end of what was cut.</summary>
    public static ReadOnlySpan<byte> CutMark => "…"u8;

    /// <summary>The entry is about a request.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>What the client was given; 0 when it was given none.</summary>
    public int Status { get; set; }

    /// <summary>Of a gRPC call, else <see cref="RequestOutcome.NoGrpcStatus"/>.</summary>
    public int GrpcStatus { get; set; } = RequestOutcome.NoGrpcStatus;

    public string? Route { get; set; }

    /// <summary>From sending the request on to the first of the response; null when there was none.</summary>
    public TimeSpan? UpstreamDuration { get; set; }

    private byte[] Buffer => _larger ?? _usual;

    /// <summary>Empty when it was not set.</summary>
    public ReadOnlySpan<byte> this[AccessLogText text] => Buffer.AsSpan(_texts[(int)text].Offset, _texts[(int)text].Length);

    /// <summary>The longest that a text is kept, in bytes and without <see cref="CutMark"/>.</summary>
    public static int LimitOf(AccessLogText text) => Limits[(int)text];

    /// <summary>Makes the entry one about a request, with what its headers tell, once they are as they are forwarded.</summary>
    public void Begin(HeaderList headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        IsPresent = true;

        // An upgrade travels as an extended CONNECT (RFC 8441) and is a GET to both ends.
        Set(AccessLogText.Method, headers.Contains(KnownHeader.Protocol) ? "GET"u8 : ValueOf(headers, KnownHeader.Method));
        Set(AccessLogText.Authority, ValueOf(headers, KnownHeader.Authority));
        Set(AccessLogText.Path, ValueOf(headers, KnownHeader.Path));
        Set(AccessLogText.UserAgent, ValueOf(headers, KnownHeader.UserAgent));
        Set(AccessLogText.RequestId, ValueOf(headers, KnownHeader.XRequestId));
    }

    /// <summary>Makes the entry one about a request of which no headers are known.</summary>
    public void Begin() => IsPresent = true;

    /// <param name="text">Each is set once.</param>
    /// <param name="value">Any bytes.</param>
    public void Set(AccessLogText text, ReadOnlySpan<byte> value)
    {
        var limit = LimitOf(text);
        var isCut = value.Length > limit;
        if (isCut)
        {
            value = value[..WholeCharacters(value, limit)];
        }

        var length = value.Length + (isCut ? CutMark.Length : 0);
        if (Buffer.Length - _used < length)
        {
            Grow(length);
        }

        var target = Buffer.AsSpan(_used, length);
        value.CopyTo(target);
        if (isCut)
        {
            CutMark.CopyTo(target[value.Length..]);
        }

        _texts[(int)text] = (_used, length);
        _used += length;
    }

    internal void Reset()
    {
        IsPresent = false;
        Status = 0;
        GrpcStatus = RequestOutcome.NoGrpcStatus;
        Route = null;
        UpstreamDuration = null;
        Array.Clear(_texts);
        _used = 0;
        if (_larger is not null)
        {
            ArrayPool<byte>.Shared.Return(_larger);
            _larger = null;
        }
    }

    private static ReadOnlySpan<byte> ValueOf(HeaderList headers, KnownHeader name) => headers.TryGet(name, out var value) ? value : default;

    /// <summary>Steps back from the limit to where a character begins, if that is near.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> value, int limit)
    {
        for (var end = limit; end > limit - 4; end--)
        {
            if ((value[end] & 0xC0) != 0x80)
            {
                return end;
            }
        }

        return limit;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Buffer.Length * 2, _used + needed));
        Buffer.AsSpan(0, _used).CopyTo(larger);
        if (_larger is not null)
        {
            ArrayPool<byte>.Shared.Return(_larger);
        }

        _larger = larger;
    }
}
