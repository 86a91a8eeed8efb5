using System.Runtime.InteropServices;

#pragma warning disable IDE1006

namespace NodeMesh.Transport.Tls;

/// <summary>libcrypto 3 under its own names: certificates, keys, ticket encryption and the error queue.</summary>
internal static unsafe partial class LibCrypto
{
    public const int CRYPTO_EX_INDEX_SSL = 0;

    public const int X509_V_ERR_CERT_HAS_EXPIRED = 10;
    public const int X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20;
    public const int X509_V_ERR_CERT_REJECTED = 28;
    public const int X509_V_ERR_APPLICATION_VERIFICATION = 50;

    public const int ERR_LIB_SYS = 2;
    public const int ERR_LIB_SSL = 20;

    public const uint OSSL_PARAM_UTF8_STRING = 4;
    public const uint OSSL_PARAM_OCTET_STRING = 5;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void ERR_clear_error();

    [LibraryImport(Library)]
    public static partial nuint ERR_get_error();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nuint ERR_peek_error();

    [LibraryImport(Library)]
    public static partial byte* ERR_reason_error_string(nuint error);

    [LibraryImport(Library)]
    public static partial int CRYPTO_get_ex_new_index(int type, nint argument, nint number, nint create, nint duplicate, nint free);

    [LibraryImport(Library)]
    public static partial nint d2i_X509(nint reuse, byte** input, nint length);

    [LibraryImport(Library)]
    public static partial int i2d_X509(nint certificate, byte** output);

    [LibraryImport(Library)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Library)]
    public static partial nint d2i_AutoPrivateKey(nint reuse, byte** input, nint length);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    public static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Library)]
    public static partial int OPENSSL_sk_push(nint stack, nint item);

    [LibraryImport(Library)]
    public static partial nint OPENSSL_sk_pop(nint stack);

    [LibraryImport(Library)]
    public static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Library)]
    public static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Library)]
    public static partial void OPENSSL_sk_free(nint stack);

    [LibraryImport(Library)]
    public static partial nint X509_STORE_CTX_get_ex_data(nint context, int index);

    [LibraryImport(Library)]
    public static partial nint X509_STORE_CTX_get0_cert(nint context);

    [LibraryImport(Library)]
    public static partial nint X509_STORE_CTX_get0_untrusted(nint context);

    [LibraryImport(Library)]
    public static partial void X509_STORE_CTX_set_error(nint context, int error);

    [LibraryImport(Library)]
    public static partial nint EVP_aes_256_cbc();

    [LibraryImport(Library)]
    public static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library)]
    public static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library)]
    public static partial int EVP_MAC_CTX_set_params(nint context, OSSL_PARAM* parameters);

    public struct OSSL_PARAM
    {
        public byte* key;
        public uint data_type;
        public void* data;
        public nuint data_size;
        public nuint return_size;
    }
}
