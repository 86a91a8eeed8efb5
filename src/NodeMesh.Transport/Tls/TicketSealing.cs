using System.Security.Cryptography;

namespace NodeMesh.Transport.Tls;

/// <summary>Seals tickets with AES-256-CBC and HMAC-SHA-256 under our own keys (RFC 5077, section 4), as SSL_CTX_set_tlsext_ticket_key_evp_cb asks.</summary>
internal static unsafe class TicketSealing
{
    /// <summary>Ends the handshake.</summary>
    public const int Broken = -1;

    private const int UnknownKey = 0;
    private const int Ready = 1;
    private const int IvLength = 16;

    public static int Seal(TlsTicketKeys keys, byte* name, byte* iv, nint cipher, nint mac)
    {
        var key = keys.Current;
        key.Name.CopyTo(new Span<byte>(name, TlsTicketKeys.NameLength));
        RandomNumberGenerator.Fill(new Span<byte>(iv, IvLength));
        fixed (byte* cipherKey = key.Cipher)
        {
            return LibCrypto.EVP_EncryptInit_ex(cipher, LibCrypto.EVP_aes_256_cbc(), 0, cipherKey, iv) == 1 && SetMacKey(mac, key) ? Ready : Broken;
        }
    }

    public static int Open(TlsTicketKeys keys, byte* name, byte* iv, nint cipher, nint mac)
    {
        if (keys.Find(new ReadOnlySpan<byte>(name, TlsTicketKeys.NameLength)) is not { } key)
        {
            return UnknownKey;
        }

        fixed (byte* cipherKey = key.Cipher)
        {
            return LibCrypto.EVP_DecryptInit_ex(cipher, LibCrypto.EVP_aes_256_cbc(), 0, cipherKey, iv) == 1 && SetMacKey(mac, key) ? Ready : Broken;
        }
    }

    private static bool SetMacKey(nint mac, TlsTicketKeys.Key key)
    {
        fixed (byte* macKey = key.Mac, keyName = "key\0"u8, digestName = "digest\0"u8, sha256 = "SHA256\0"u8)
        {
            var parameters = stackalloc LibCrypto.OSSL_PARAM[]
            {
                new()
                {
                    key = keyName, data_type = LibCrypto.OSSL_PARAM_OCTET_STRING, data = macKey, data_size = (nuint)key.Mac.Length, return_size = nuint.MaxValue,
                },
                new() { key = digestName, data_type = LibCrypto.OSSL_PARAM_UTF8_STRING, data = sha256, data_size = 6, return_size = nuint.MaxValue },
                default,
            };
            return LibCrypto.EVP_MAC_CTX_set_params(mac, parameters) == 1;
        }
    }
}
