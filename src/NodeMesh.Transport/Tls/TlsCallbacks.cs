using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// What libssl calls back, on the thread that drives the session. Each finds its handshake through the SSL's extra data. No exception may cross
/// into native code: whatever is thrown becomes the handshake's failure and the callback's refusal.
/// </summary>
internal static unsafe class TlsCallbacks
{
    private const int Refused = 0;
    private const int Accepted = 1;

    private static readonly int HandshakeIndex = RegisterIndex();
    private static readonly int SslIndexInStore = LibSsl.SSL_get_ex_data_X509_STORE_CTX_idx();

    /// <summary>
    /// Loads OpenSSL for a process whose loop threads may still run while it exits: without its atexit clean-up, as .NET's own use of it.
    /// </summary>
    public static void Initialize() => RuntimeHelpers.RunClassConstructor(typeof(TlsCallbacks).TypeHandle);

    /// <summary>Ties a handshake to its SSL. The handle is freed after the SSL.</summary>
    public static GCHandle Attach(nint ssl, TlsHandshake handshake)
    {
        var handle = GCHandle.Alloc(handshake);
        if (LibSsl.SSL_set_ex_data(ssl, HandshakeIndex, GCHandle.ToIntPtr(handle)) != 1)
        {
            handle.Free();
            throw OpenSslErrors.Exception("SSL_set_ex_data");
        }

        return handle;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int ClientHello(nint ssl, int* alert, nint argument)
    {
        var handshake = (ServerHandshake)Find(ssl);
        try
        {
            return handshake.ChooseIdentity(ssl, out *alert) ? LibSsl.SSL_CLIENT_HELLO_SUCCESS : LibSsl.SSL_CLIENT_HELLO_ERROR;
        }
        catch (Exception e)
        {
            handshake.Fail(e);
            *alert = LibSsl.SSL_AD_INTERNAL_ERROR;
            return LibSsl.SSL_CLIENT_HELLO_ERROR;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int SelectApplicationProtocol(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, nint argument)
    {
        var handshake = (ServerHandshake)Find(ssl);
        var (start, length) = ApplicationProtocols.Select(new ReadOnlySpan<byte>(offered, (int)offeredLength), handshake.BestProtocol)
            .GetOffsetAndLength((int)offeredLength);
        if (length == 0)
        {
            handshake.Fail(TlsFailureCode.NoApplicationProtocol, "the client offers no h2 by ALPN; a mesh link is HTTP/2");
            return LibSsl.SSL_TLSEXT_ERR_ALERT_FATAL;
        }

        *selected = offered + start;
        *selectedLength = (byte)length;
        return LibSsl.SSL_TLSEXT_ERR_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int VerifyCertificate(nint store, nint argument)
    {
        var ssl = LibCrypto.X509_STORE_CTX_get_ex_data(store, SslIndexInStore);
        var handshake = Find(ssl);
        try
        {
            if (handshake.VerifyPeer(ssl, NativeCertificates.FromStore(store)))
            {
                return Accepted;
            }
        }
        catch (Exception e)
        {
            handshake.Fail(e);
        }

        LibCrypto.X509_STORE_CTX_set_error(store, VerifyError(handshake.Failure?.Code));
        return Refused;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int NewSession(nint ssl, nint session)
    {
        var handshake = (ClientHandshake)Find(ssl);
        try
        {
            handshake.KeepSession(session);
        }
        catch (Exception e)
        {
            handshake.Fail(e);
        }

        // Zero: the reference stays OpenSSL's, we kept a copy.
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int TicketMade(nint ssl, nint argument)
    {
        var handshake = (ServerHandshake)Find(ssl);
        try
        {
            return handshake.WriteTicket(ssl) ? Accepted : Refused;
        }
        catch (Exception e)
        {
            handshake.Fail(e);
            return Refused;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int TicketOpened(nint ssl, nint session, byte* keyName, nuint keyNameLength, int status, nint argument)
    {
        if (status is not (LibSsl.SSL_TICKET_SUCCESS or LibSsl.SSL_TICKET_SUCCESS_RENEW))
        {
            return LibSsl.SSL_TICKET_RETURN_IGNORE_RENEW;
        }

        var handshake = (ServerHandshake)Find(ssl);
        try
        {
            return handshake.AcceptTicket(session) ? LibSsl.SSL_TICKET_RETURN_USE_RENEW : LibSsl.SSL_TICKET_RETURN_IGNORE_RENEW;
        }
        catch (Exception e)
        {
            handshake.Fail(e);
            return LibSsl.SSL_TICKET_RETURN_ABORT;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int TicketKey(nint ssl, byte* name, byte* iv, nint cipher, nint mac, int encrypt)
    {
        var handshake = (ServerHandshake)Find(ssl);
        try
        {
            return encrypt != 0
                ? TicketSealing.Seal(handshake.TicketKeys, name, iv, cipher, mac)
                : TicketSealing.Open(handshake.TicketKeys, name, iv, cipher, mac);
        }
        catch (Exception e)
        {
            handshake.Fail(e);
            return TicketSealing.Broken;
        }
    }

    // What OpenSSL turns into the alert that fits (bad_certificate, unknown_ca, certificate_expired, handshake_failure).
    private static int VerifyError(TlsFailureCode? code) => code switch
    {
        TlsFailureCode.PeerCertificateExpired => LibCrypto.X509_V_ERR_CERT_HAS_EXPIRED,
        TlsFailureCode.UntrustedPeer => LibCrypto.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        TlsFailureCode.NoApplicationProtocol or TlsFailureCode.Internal => LibCrypto.X509_V_ERR_APPLICATION_VERIFICATION,
        _ => LibCrypto.X509_V_ERR_CERT_REJECTED,
    };

    private static TlsHandshake Find(nint ssl) => (TlsHandshake)GCHandle.FromIntPtr(LibSsl.SSL_get_ex_data(ssl, HandshakeIndex)).Target!;

    private static int RegisterIndex()
    {
        const ulong Options = LibSsl.OPENSSL_INIT_NO_ATEXIT | LibSsl.OPENSSL_INIT_LOAD_SSL_STRINGS | LibSsl.OPENSSL_INIT_LOAD_CRYPTO_STRINGS;
        if (LibSsl.OPENSSL_init_ssl(Options, 0) != 1)
        {
            throw OpenSslErrors.Exception("OPENSSL_init_ssl");
        }

        var index = LibCrypto.CRYPTO_get_ex_new_index(LibCrypto.CRYPTO_EX_INDEX_SSL, 0, 0, 0, 0, 0);
        return index >= 0 ? index : throw OpenSslErrors.Exception("CRYPTO_get_ex_new_index");
    }
}
