using System.Runtime.InteropServices;

// OpenSSL's own names are kept, so that its manual can be searched for them.
#pragma warning disable IDE1006

namespace NodeMesh.Transport.Tls;

/// <summary>
/// libssl 3 under its own names: only what the sessions need. Calls that may do I/O set the last error, since SSL_ERROR_SYSCALL is told by errno.
/// Short look-ups that can neither block nor call back suppress the GC transition.
/// </summary>
internal static unsafe partial class LibSsl
{
    public const int SSL_ERROR_WANT_READ = 2;
    public const int SSL_ERROR_WANT_WRITE = 3;
    public const int SSL_ERROR_SYSCALL = 5;
    public const int SSL_ERROR_ZERO_RETURN = 6;

    public const int SSL_CTRL_MODE = 33;
    public const int SSL_CTRL_SET_READ_AHEAD = 41;
    public const int SSL_CTRL_SET_SESS_CACHE_MODE = 44;
    public const int SSL_CTRL_SET_MAX_CERT_LIST = 51;
    public const int SSL_CTRL_SET_TLSEXT_HOSTNAME = 55;
    public const int SSL_CTRL_SET_GROUPS_LIST = 92;
    public const int SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
    public const int SSL_CTRL_SET_MAX_PROTO_VERSION = 124;

    public const int TLS1_3_VERSION = 0x0304;

    public const long SSL_MODE_ENABLE_PARTIAL_WRITE = 0x1;
    public const long SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER = 0x2;
    public const long SSL_MODE_RELEASE_BUFFERS = 0x10;

    public const ulong SSL_OP_NO_COMPRESSION = 1UL << 17;
    public const ulong SSL_OP_PRIORITIZE_CHACHA = 1UL << 21;
    public const ulong SSL_OP_CIPHER_SERVER_PREFERENCE = 1UL << 22;
    public const ulong SSL_OP_NO_RENEGOTIATION = 1UL << 30;

    public const long SSL_SESS_CACHE_OFF = 0x0;
    public const long SSL_SESS_CACHE_CLIENT = 0x1;
    public const long SSL_SESS_CACHE_NO_INTERNAL = 0x300;

    public const int SSL_VERIFY_PEER = 0x1;
    public const int SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 0x2;

    public const int SSL_CLIENT_HELLO_SUCCESS = 1;
    public const int SSL_CLIENT_HELLO_ERROR = 0;

    public const int SSL_TLSEXT_ERR_OK = 0;
    public const int SSL_TLSEXT_ERR_ALERT_FATAL = 2;

    public const int SSL_TICKET_RETURN_ABORT = 0;
    public const int SSL_TICKET_RETURN_IGNORE_RENEW = 2;
    public const int SSL_TICKET_RETURN_USE_RENEW = 4;
    public const int SSL_TICKET_SUCCESS = 5;
    public const int SSL_TICKET_SUCCESS_RENEW = 6;

    public const int SSL_AD_INTERNAL_ERROR = 80;
    public const int SSL_AD_UNRECOGNIZED_NAME = 112;
    public const int SSL_AD_NO_APPLICATION_PROTOCOL = 120;

    /// <summary>A reason above this is an alert that the peer sent: SSL_AD_REASON_OFFSET plus the alert's number.</summary>
    public const int SSL_AD_REASON_OFFSET = 1000;

    public const int SSL_R_HTTPS_PROXY_REQUEST = 155;
    public const int SSL_R_HTTP_REQUEST = 156;
    public const int SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE = 199;
    public const int SSL_R_UNSUPPORTED_PROTOCOL = 258;
    public const int SSL_R_WRONG_VERSION_NUMBER = 267;
    public const int SSL_R_UNEXPECTED_EOF_WHILE_READING = 294;

    public const uint TLSEXT_TYPE_server_name = 0;
    public const uint TLSEXT_TYPE_application_layer_protocol_negotiation = 16;

    public const ulong OPENSSL_INIT_LOAD_CRYPTO_STRINGS = 0x2;
    public const ulong OPENSSL_INIT_NO_ATEXIT = 0x80000;
    public const ulong OPENSSL_INIT_LOAD_SSL_STRINGS = 0x200000;

    private const string Library = "libssl.so.3";

    [LibraryImport(Library)]
    public static partial int OPENSSL_init_ssl(ulong options, nint settings);

    [LibraryImport(Library)]
    public static partial nint TLS_server_method();

    [LibraryImport(Library)]
    public static partial nint TLS_client_method();

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_ctrl(nint context, int command, nint number, void* pointer);

    [LibraryImport(Library)]
    public static partial ulong SSL_CTX_set_options(nint context, ulong options);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_ciphersuites(nint context, string suites);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_security_level(nint context, int level);

    [LibraryImport(Library)]
    public static partial nint SSL_CTX_set_timeout(nint context, nint seconds);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_num_tickets(nint context, nuint count);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_verify(nint context, int mode, nint callback);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_cert_verify_callback(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_client_hello_cb(nint context, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_set_alpn_select_cb(
        nint context,
        delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback,
        nint argument);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_alpn_protos(nint context, byte* protocols, uint length);

    [LibraryImport(Library)]
    public static partial void SSL_CTX_sess_set_new_cb(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_session_ticket_cb(
        nint context,
        delegate* unmanaged[Cdecl]<nint, nint, int> generate,
        delegate* unmanaged[Cdecl]<nint, nint, byte*, nuint, int, nint, int> decrypt,
        nint argument);

    [LibraryImport(Library)]
    public static partial int SSL_CTX_set_tlsext_ticket_key_evp_cb(
        nint context,
        delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint, nint, int, int> callback);

    [LibraryImport(Library)]
    public static partial nint SSL_new(nint context);

    [LibraryImport(Library)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_set_fd(nint ssl, int descriptor);

    [LibraryImport(Library)]
    public static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(Library)]
    public static partial void SSL_set_connect_state(nint ssl);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SSL_ctrl(nint ssl, int command, nint number, string text);

    [LibraryImport(Library)]
    public static partial int SSL_use_cert_and_key(nint ssl, nint certificate, nint key, nint chain, int replace);

    [LibraryImport(Library)]
    public static partial int SSL_set_session_id_context(nint ssl, byte* context, uint length);

    [LibraryImport(Library)]
    public static partial int SSL_set_ex_data(nint ssl, int index, nint value);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Library)]
    public static partial int SSL_get_ex_data_X509_STORE_CTX_idx();

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SSL_do_handshake(nint ssl);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SSL_read(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SSL_write(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SSL_shutdown(nint ssl);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int SSL_has_pending(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_client_hello_get0_ext(nint ssl, uint type, byte** content, nuint* length);

    [LibraryImport(Library)]
    public static partial void SSL_get0_alpn_selected(nint ssl, byte** protocol, uint* length);

    [LibraryImport(Library)]
    public static partial nint SSL_get_current_cipher(nint ssl);

    [LibraryImport(Library)]
    public static partial byte* SSL_CIPHER_get_name(nint cipher);

    [LibraryImport(Library)]
    public static partial int SSL_session_reused(nint ssl);

    [LibraryImport(Library)]
    public static partial int SSL_set_session(nint ssl, nint session);

    [LibraryImport(Library)]
    public static partial nint SSL_get_session(nint ssl);

    [LibraryImport(Library)]
    public static partial nint SSL_SESSION_dup(nint session);

    [LibraryImport(Library)]
    public static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Library)]
    public static partial int SSL_SESSION_is_resumable(nint session);

    [LibraryImport(Library)]
    public static partial nint SSL_SESSION_get0_peer(nint session);

    [LibraryImport(Library)]
    public static partial int SSL_SESSION_set1_ticket_appdata(nint session, byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int SSL_SESSION_get0_ticket_appdata(nint session, byte** data, nuint* length);
}
