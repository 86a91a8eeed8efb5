using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// Writes a SubjectAltName with one SPIFFE ID. Written by hand because <see cref="SubjectAlternativeNameBuilder"/> takes a <see cref="Uri"/>, which
/// refuses or rewrites some legal SPIFFE IDs. Stateless.
/// </summary>
internal static class SubjectAltName
{
    internal const string Oid = "2.5.29.17";

    internal static X509Extension Create(SpiffeId id, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return new X509Extension(Oid, writer.Encode(), critical);
    }
}
