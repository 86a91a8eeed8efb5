using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>Writes bundle documents (X509-SVID, section 6.1; RFC 7517 and 7518 for the key members). Stateless.</summary>
internal static class TrustBundleWriter
{
    internal const string EcOid = "1.2.840.10045.2.1";
    internal const string RsaOid = "1.2.840.113549.1.1.1";

    internal static byte[] Write(TrustBundle bundle)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            if (bundle.Sequence is { } sequence)
            {
                json.WriteNumber("spiffe_sequence", sequence);
            }

            if (bundle.RefreshHint is { } hint)
            {
                json.WriteNumber("spiffe_refresh_hint", (long)hint.TotalSeconds);
            }

            json.WriteStartArray("keys");
            foreach (var authority in bundle.Roots)
            {
                WriteAuthority(json, authority);
            }

            foreach (var authority in bundle.JwtAuthorities)
            {
                authority.Jwk.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteAuthority(Utf8JsonWriter json, X509Certificate2 authority)
    {
        json.WriteStartObject();
        json.WriteString("use", "x509-svid");
        if (authority.PublicKey.Oid.Value is EcOid)
        {
            using var key = authority.GetECDsaPublicKey()!;
            var parameters = key.ExportParameters(includePrivateParameters: false);
            json.WriteString("kty", "EC");
            json.WriteString("crv", CurveName(parameters.Curve));
            json.WriteString("x", Base64Url.EncodeToString(parameters.Q.X));
            json.WriteString("y", Base64Url.EncodeToString(parameters.Q.Y));
        }
        else
        {
            using var key = authority.GetRSAPublicKey()!;
            var parameters = key.ExportParameters(includePrivateParameters: false);
            json.WriteString("kty", "RSA");
            json.WriteString("n", Base64Url.EncodeToString(parameters.Modulus));
            json.WriteString("e", Base64Url.EncodeToString(parameters.Exponent));
        }

        json.WriteStartArray("x5c");
        json.WriteBase64StringValue(authority.RawData);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The names of RFC 7518 section 6.2.1.1; a curve without one is named by its OID, and readers go by x5c anyway.
    private static string CurveName(ECCurve curve) => curve.Oid.Value switch
    {
        EcKey.P256Oid => "P-256",
        EcKey.P384Oid => "P-384",
        EcKey.P521Oid => "P-521",
        var other => other ?? "",
    };
}
