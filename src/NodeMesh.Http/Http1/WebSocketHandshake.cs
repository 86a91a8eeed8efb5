using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace NodeMesh.Http.Http1;

/// <summary>The keys of a WebSocket opening handshake (RFC 6455, 4), which HTTP/2 does without (RFC 8441, 5).</summary>
internal static class WebSocketHandshake
{
    public const int KeyLength = 24;
    public const int AcceptLength = 28;

    public static ReadOnlySpan<byte> KeyName => "sec-websocket-key"u8;

    public static ReadOnlySpan<byte> AcceptName => "sec-websocket-accept"u8;

    public static ReadOnlySpan<byte> VersionName => "sec-websocket-version"u8;

    /// <summary>A fresh key: 16 random bytes in base64.</summary>
    public static void MakeKey(Span<byte> key)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        Base64.EncodeToUtf8(random, key, out _, out _);
    }

    /// <summary>What a server that understood the key answers.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6455 prescribes SHA-1; it guards against confusion, not forgery.")]
    public static void Accept(ReadOnlySpan<byte> key, Span<byte> accept)
    {
        Span<byte> text = stackalloc byte[KeyLength + 36];
        key.CopyTo(text);
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.CopyTo(text[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(text, hash);
        Base64.EncodeToUtf8(hash, accept, out _, out _);
    }
}
