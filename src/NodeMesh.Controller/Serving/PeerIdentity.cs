using NodeMesh.Controller.Options;
using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Serving;

/// <summary>Who is at the other end of a TLS connection, as its certificate proved during the handshake. One per connection.</summary>
internal sealed class PeerIdentity
{
    /// <summary>Its address, for the log.</summary>
    public required string Address { get; init; }

    /// <summary>As revisions and the audit log have it; null when no certificate was shown.</summary>
    public string? Name { get; set; }

    /// <summary>Of the mesh; null when no certificate was shown, or <see cref="Certificate"/> says which.</summary>
    public SpiffeId? Id { get; set; }

    /// <summary>The certificate, where the settings name this very one as an operator's. It is nobody else's then, and never a node's.</summary>
    public CertificateFingerprint? Certificate { get; set; }

    /// <summary>Of the certificate, in hexadecimal.</summary>
    public string Serial { get; set; } = "";

    /// <summary>When the certificate ends; it may have ended already, within the grace for renewals.</summary>
    public DateTimeOffset NotAfter { get; set; }
}
