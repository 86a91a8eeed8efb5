namespace NodeMesh.Transport.Tls;

/// <summary>One ticket that a server gave us: whoever holds the value owns the native session and frees it.</summary>
/// <param name="Native">The SSL_SESSION, one reference.</param>
/// <param name="Credential">The credential it was made under; after a rotation it is not offered.</param>
/// <param name="Peer">Who the server was, to be validated again before the ticket is offered.</param>
internal readonly record struct ResumableSession(nint Native, TlsCredential Credential, TlsPeer Peer)
{
    public void Free() => LibSsl.SSL_SESSION_free(Native);
}
