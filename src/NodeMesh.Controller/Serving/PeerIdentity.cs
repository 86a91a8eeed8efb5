using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Serving;

/// <summary>Who is at the other end of a TLS connection, as its certificate proved during the handshake. One per connection.</summary>
internal sealed class PeerIdentity
{
    /// <summary>Its address, for the log.</summary>
    public required string Address { get; init; }

    /// <summary>Null when no certificate was shown.</summary>
    public SpiffeId? Id { get; set; }

    /// <summary>Of the certificate, in hexadecimal.</summary>
    public string Serial { get; set; } = "";

    /// <summary>When the certificate ends; it may have ended already, within the grace for renewals.</summary>
    public DateTimeOffset NotAfter { get; set; }
}
