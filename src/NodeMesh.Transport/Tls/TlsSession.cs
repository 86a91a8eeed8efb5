using System.Runtime.InteropServices;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// One connection's TLS, straight over its non-blocking descriptor: libssl itself reads and writes the socket. Owned by one loop and used by its
/// thread alone. Disposed before the descriptor is closed; disposing sends nothing. No call blocks; Read and Write allocate nothing.
/// <para>
/// OpenSSL writes with write(2), which would raise SIGPIPE on a broken connection; the .NET runtime ignores that signal for the whole process, so
/// the write fails with EPIPE and the session with <see cref="TlsFailureCode.ConnectionLost"/>.
/// </para>
/// </summary>
public sealed unsafe class TlsSession : IDisposable
{
    private readonly TlsHandshake _handshake;
    private GCHandle _attached;
    private nint _ssl;
    private State _state;
    private bool _proven;
    private TlsStatus _readEnd = TlsStatus.Done;
    private bool _readEndSeen;
    private bool _drained;

    internal TlsSession(nint ssl, TlsHandshake handshake)
    {
        _handshake = handshake;
        _attached = TlsCallbacks.Attach(ssl, handshake);
        _ssl = ssl;
        if (handshake.Failure is { } failure)
        {
            Fail(failure);
        }
    }

    private enum State
    {
        Handshaking,
        Established,
        Failed,
    }

    /// <summary>Why the session failed; null while it has not.</summary>
    public TlsFailure? Failure { get; private set; }

    /// <summary>The peer's identity, proven in the handshake, or re-validated with the ticket it resumed. Null until the handshake is done.</summary>
    public SpiffeId? PeerId => _proven ? _handshake.Peer?.Id : null;

    /// <summary>When the peer's SVID expires; an open connection should not outlive it.</summary>
    public DateTimeOffset PeerNotAfter => _proven && _handshake.Peer is { } peer ? peer.NotAfter : default;

    /// <summary>The SHA-256 of the peer's certificate in hexadecimal digits, as headers name it; empty until the handshake is done.</summary>
    public ReadOnlySpan<byte> PeerHash => _proven && _handshake.Peer is { } peer ? peer.Hash : default;

    /// <summary>
    /// Holds the peer's certificates, as they were presented, against another set's bundles: null when they still pass, else the rule that
    /// they break now. Valid for the whole life of the session object, also after it was disposed.
    /// </summary>
    public TlsFailure? JudgePeer(TlsIdentitySet identities)
    {
        ArgumentNullException.ThrowIfNull(identities);
        if (!_proven || _handshake.Peer is not { } peer)
        {
            return new TlsFailure(TlsFailureCode.NoPeerCertificate, "the peer has not proven an identity");
        }

        identities.Verifier.Verify(peer.Chain, out var failure);
        return failure;
    }

    /// <summary>Our own identity on this connection: known at once on a client, after the ClientHello on a server.</summary>
    public SpiffeId? LocalId => _handshake.LocalId;

    /// <summary>The server name (SNI) that was sent, or received on a server; null without.</summary>
    public string? ServerName => _handshake.ServerName;

    /// <summary>What both ends have agreed to speak; meaningful once the handshake is done, resumed or not.</summary>
    public LinkProtocol Protocol => _handshake.Protocol;

    /// <summary>Whether the handshake resumed an earlier session, without certificates on the wire.</summary>
    public bool WasResumed { get; private set; }

    /// <summary>The cipher suite by its RFC 8446 name; empty until the handshake is done. Kept, since logs ask for it after the end.</summary>
    public string Cipher { get; private set; } = "";

    /// <summary>
    /// Whether Read has something to do without the descriptor becoming readable: OpenSSL reads ahead, so bytes may wait in its buffer that epoll
    /// does not know of. Ask after the handshake and after each Read that was not full; false once a Read said WantRead.
    /// </summary>
    public bool HasPending => _ssl != 0 && _state == State.Established
        && (_readEnd != TlsStatus.Done ? !_readEndSeen : !_drained && LibSsl.SSL_has_pending(_ssl) != 0);

    /// <summary>Goes on with the handshake as far as the descriptor allows: Done, WantRead, WantWrite or Failed.</summary>
    /// <remarks>
    /// A client is done before the server has judged its certificate (RFC 8446, section 2): a refusal comes as a failed Read, with
    /// <see cref="TlsFailureCode.PeerAlert"/>.
    /// </remarks>
    public TlsStatus Handshake()
    {
        ObjectDisposedException.ThrowIf(_ssl == 0, this);
        if (_state != State.Handshaking)
        {
            return _state == State.Established ? TlsStatus.Done : TlsStatus.Failed;
        }

        LibCrypto.ERR_clear_error();
        var result = LibSsl.SSL_do_handshake(_ssl);
        if (result != 1)
        {
            var status = Classify(result, Marshal.GetLastPInvokeError());
            if (status is TlsStatus.Closed or TlsStatus.Truncated)
            {
                Fail(new TlsFailure(TlsFailureCode.Truncated, "the peer closed the connection during the TLS handshake"));
                return TlsStatus.Failed;
            }

            return status;
        }

        WasResumed = LibSsl.SSL_session_reused(_ssl) == 1;
        if (!_handshake.Finish(_ssl, WasResumed))
        {
            Fail(_handshake.Failure ?? new TlsFailure(TlsFailureCode.Internal, "the handshake ended without a verified peer"));
            return TlsStatus.Failed;
        }

        // Only now: certificates that pass prove nothing before the peer has signed with their key.
        _proven = true;
        Cipher = Marshal.PtrToStringUTF8((nint)LibSsl.SSL_CIPHER_get_name(LibSsl.SSL_get_current_cipher(_ssl))) ?? "";
        _state = State.Established;
        return TlsStatus.Done;
    }

    /// <summary>Reads application bytes: as many records as are at hand and fit.</summary>
    /// <param name="status">Done with bytes; with 0 bytes WantRead, WantWrite, Closed, Truncated or Failed.</param>
    public int Read(Span<byte> buffer, out TlsStatus status)
    {
        ThrowUnlessUsable();
        if (_state == State.Failed || _readEnd != TlsStatus.Done)
        {
            _readEndSeen = true;
            status = _state == State.Failed ? TlsStatus.Failed : _readEnd;
            return 0;
        }

        var total = 0;
        status = TlsStatus.Done;
        _drained = false;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                LibCrypto.ERR_clear_error();
                var read = LibSsl.SSL_read(_ssl, start + total, buffer.Length - total);
                if (read <= 0)
                {
                    status = EndRead(Classify(read, Marshal.GetLastPInvokeError()), total > 0);
                    break;
                }

                total += read;
                if (LibSsl.SSL_has_pending(_ssl) == 0)
                {
                    break;
                }
            }
        }

        return total;
    }

    /// <summary>Writes application bytes, in records of up to 16 KiB; gather small pieces first, each call costs a record.</summary>
    /// <param name="status">Done when all went; WantWrite when the socket is full; WantRead or Failed. The count holds in each case.</param>
    /// <returns>
    /// How many bytes were taken. After WantWrite the next Write must begin with the bytes that were not taken, at least as many (they may have
    /// moved): a part of them may be sealed and on its way.
    /// </returns>
    public int Write(ReadOnlySpan<byte> buffer, out TlsStatus status)
    {
        ThrowUnlessUsable();
        var total = 0;
        status = _state == State.Failed ? TlsStatus.Failed : TlsStatus.Done;
        fixed (byte* start = buffer)
        {
            while (status == TlsStatus.Done && total < buffer.Length)
            {
                LibCrypto.ERR_clear_error();
                var written = LibSsl.SSL_write(_ssl, start + total, buffer.Length - total);
                if (written > 0)
                {
                    total += written;
                    continue;
                }

                status = Classify(written, Marshal.GetLastPInvokeError());
                if (status is TlsStatus.Closed or TlsStatus.Truncated)
                {
                    Fail(new TlsFailure(TlsFailureCode.ConnectionLost, "the connection ended under a write"));
                    status = TlsStatus.Failed;
                }
            }
        }

        return total;
    }

    /// <summary>
    /// Sends close_notify: the end of our half, after all writes were taken. Done when it is sent, else WantWrite. Reading goes on until Closed.
    /// </summary>
    public TlsStatus Shutdown()
    {
        ObjectDisposedException.ThrowIf(_ssl == 0, this);
        if (_state != State.Established)
        {
            return _state == State.Failed ? TlsStatus.Failed : TlsStatus.Done;
        }

        LibCrypto.ERR_clear_error();
        var result = LibSsl.SSL_shutdown(_ssl);
        if (result >= 0)
        {
            return TlsStatus.Done;
        }

        var status = Classify(result, Marshal.GetLastPInvokeError());

        // A second call goes on to wait for the peer's close_notify; ours is sent.
        return status is TlsStatus.WantRead or TlsStatus.Closed ? TlsStatus.Done : status;
    }

    public void Dispose()
    {
        if (_ssl == 0)
        {
            return;
        }

        LibCrypto.ERR_clear_error();
        LibSsl.SSL_free(_ssl);
        _ssl = 0;
        _attached.Free();
    }

    private void ThrowUnlessUsable()
    {
        ObjectDisposedException.ThrowIf(_ssl == 0, this);
        if (_state == State.Handshaking)
        {
            throw new InvalidOperationException("The handshake is not done.");
        }
    }

    private TlsStatus EndRead(TlsStatus status, bool afterBytes)
    {
        switch (status)
        {
            case TlsStatus.WantRead:
                _drained = true;
                break;
            case TlsStatus.Closed or TlsStatus.Truncated or TlsStatus.Failed:
                _readEnd = status;
                _readEndSeen = !afterBytes;
                break;
        }

        // Bytes first; what ended them is told by the next call.
        return afterBytes ? TlsStatus.Done : status;
    }

    private TlsStatus Classify(int result, int errno)
    {
        switch (LibSsl.SSL_get_error(_ssl, result))
        {
            case LibSsl.SSL_ERROR_WANT_READ:
                return TlsStatus.WantRead;
            case LibSsl.SSL_ERROR_WANT_WRITE:
                return TlsStatus.WantWrite;
            case LibSsl.SSL_ERROR_ZERO_RETURN:
                return TlsStatus.Closed;
            case LibSsl.SSL_ERROR_SYSCALL when errno == 0:
                return Truncate();
            case LibSsl.SSL_ERROR_SYSCALL:
                Fail(new TlsFailure(TlsFailureCode.ConnectionLost, $"the connection broke: {Marshal.GetPInvokeErrorMessage(errno)}"));
                return TlsStatus.Failed;
            default:
                if (OpenSslErrors.FirstReason() == LibSsl.SSL_R_UNEXPECTED_EOF_WHILE_READING)
                {
                    return Truncate();
                }

                Fail(TlsFailureText.FromErrorQueue(_handshake.Failure));
                return TlsStatus.Failed;
        }
    }

    private TlsStatus Truncate()
    {
        LibCrypto.ERR_clear_error();
        Failure ??= new TlsFailure(TlsFailureCode.Truncated, "the peer's bytes ended without close_notify: the stream may have been cut");
        return TlsStatus.Truncated;
    }

    private void Fail(TlsFailure failure)
    {
        _state = State.Failed;
        Failure = failure;
    }
}
