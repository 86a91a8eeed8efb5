using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// One SSL_CTX with what both roles share: TLS 1.3 and nothing else, HTTP/2 by ALPN, our own verification, bounded peer messages. Each SSL holds
/// a reference of its own, so closing this leaves open sessions alone.
/// </summary>
internal sealed unsafe class TlsContextHandle : SafeHandle
{
    /// <summary>The most that a peer's certificate message may hold, in bytes. A SPIFFE chain of three RSA-4096 certificates is under 6 KiB.</summary>
    public const int MaxPeerCertificates = 32 * 1024;

    /// <summary>Tickets per full handshake. Links are pooled, so a second one would mostly be thrown away.</summary>
    private const int TicketsPerHandshake = 1;

    // 112 bits: RSA and DH from 2048, elliptic curves from 224, no SHA-1. Named here so that a host's openssl.cnf cannot lower it.
    private const int SecurityLevel = 2;

    // AES-128-GCM first: where AES is in hardware it is the cheapest per byte. Without that, ChaCha20 is.
    private const string SuitesWithHardwareAes = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    private const string SuitesWithoutHardwareAes = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";

    private TlsContextHandle(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    private static bool HasHardwareAes => System.Runtime.Intrinsics.X86.Aes.IsSupported || Aes.IsSupported;

    public static TlsContextHandle ForServer(TimeSpan sessionLifetime)
    {
        var context = Create(LibSsl.TLS_server_method(), LibSsl.SSL_VERIFY_PEER | LibSsl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
        var native = context.handle;

        // Our order of suites, but a client that puts ChaCha20 first has no AES in hardware and is believed.
        LibSsl.SSL_CTX_set_options(native, LibSsl.SSL_OP_CIPHER_SERVER_PREFERENCE | LibSsl.SSL_OP_PRIORITIZE_CHACHA);

        // Tickets are stateless (SSL_OP_NO_TICKET stays off): the peer pays for the memory, and no table of ours can be filled.
        LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_SESS_CACHE_MODE, (nint)LibSsl.SSL_SESS_CACHE_OFF, null);
        Require(LibSsl.SSL_CTX_set_num_tickets(native, TicketsPerHandshake) == 1, "number of tickets");
        LibSsl.SSL_CTX_set_timeout(native, (nint)sessionLifetime.TotalSeconds);
        LibSsl.SSL_CTX_set_client_hello_cb(native, &TlsCallbacks.ClientHello, 0);
        LibSsl.SSL_CTX_set_alpn_select_cb(native, &TlsCallbacks.SelectApplicationProtocol, 0);
        Require(LibSsl.SSL_CTX_set_session_ticket_cb(native, &TlsCallbacks.TicketMade, &TlsCallbacks.TicketOpened, 0) == 1, "ticket callbacks");
        Require(LibSsl.SSL_CTX_set_tlsext_ticket_key_evp_cb(native, &TlsCallbacks.TicketKey) == 1, "ticket key callback");
        return context;
    }

    public static TlsContextHandle ForClient()
    {
        var context = Create(LibSsl.TLS_client_method(), LibSsl.SSL_VERIFY_PEER);
        var native = context.handle;
        LibSsl.SSL_CTX_ctrl(
            native,
            LibSsl.SSL_CTRL_SET_SESS_CACHE_MODE,
            (nint)(LibSsl.SSL_SESS_CACHE_CLIENT | LibSsl.SSL_SESS_CACHE_NO_INTERNAL),
            null);
        LibSsl.SSL_CTX_sess_set_new_cb(native, &TlsCallbacks.NewSession);
        fixed (byte* protocols = ApplicationProtocols.Offered)
        {
            // Zero is success: the one call of libssl that is the other way round.
            Require(LibSsl.SSL_CTX_set_alpn_protos(native, protocols, (uint)ApplicationProtocols.Offered.Length) == 0, "SSL_CTX_set_alpn_protos");
        }

        return context;
    }

    /// <summary>Makes one SSL over the descriptor, which stays the caller's to close.</summary>
    public nint NewSession(int descriptor)
    {
        var referenced = false;
        DangerousAddRef(ref referenced);
        try
        {
            LibCrypto.ERR_clear_error();
            var ssl = LibSsl.SSL_new(handle);
            Require(ssl != 0, "SSL_new");
            if (LibSsl.SSL_set_fd(ssl, descriptor) != 1)
            {
                LibSsl.SSL_free(ssl);
                throw OpenSslErrors.Exception("SSL_set_fd");
            }

            return ssl;
        }
        finally
        {
            DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_CTX_free(handle);
        return true;
    }

    private static TlsContextHandle Create(nint method, int verify)
    {
        TlsCallbacks.Initialize();
        LibCrypto.ERR_clear_error();
        var context = new TlsContextHandle(LibSsl.SSL_CTX_new(method));
        var native = context.handle;
        Require(native != 0, "SSL_CTX_new");

        Require(LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_MIN_PROTO_VERSION, LibSsl.TLS1_3_VERSION, null) == 1, "TLS 1.3 as minimum");
        Require(LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_MAX_PROTO_VERSION, LibSsl.TLS1_3_VERSION, null) == 1, "TLS 1.3 as maximum");
        Require(LibSsl.SSL_CTX_set_ciphersuites(native, HasHardwareAes ? SuitesWithHardwareAes : SuitesWithoutHardwareAes) == 1, "cipher suites");
        fixed (byte* groups = "X25519:P-256:P-384\0"u8)
        {
            Require(LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_GROUPS_LIST, 0, groups) == 1, "groups");
        }

        LibSsl.SSL_CTX_set_security_level(native, SecurityLevel);
        LibSsl.SSL_CTX_set_options(native, LibSsl.SSL_OP_NO_COMPRESSION | LibSsl.SSL_OP_NO_RENEGOTIATION);
        LibSsl.SSL_CTX_ctrl(
            native,
            LibSsl.SSL_CTRL_MODE,
            (nint)(LibSsl.SSL_MODE_RELEASE_BUFFERS | LibSsl.SSL_MODE_ENABLE_PARTIAL_WRITE | LibSsl.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER),
            null);

        // One recv instead of two (header, then body) for each record: 7 % less CPU for a small message.
        LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_READ_AHEAD, 1, null);
        LibSsl.SSL_CTX_ctrl(native, LibSsl.SSL_CTRL_SET_MAX_CERT_LIST, MaxPeerCertificates, null);
        LibSsl.SSL_CTX_set_verify(native, verify, 0);
        LibSsl.SSL_CTX_set_cert_verify_callback(native, &TlsCallbacks.VerifyCertificate, 0);
        return context;
    }

    private static void Require(bool held, string what)
    {
        if (!held)
        {
            throw OpenSslErrors.Exception(what);
        }
    }
}
