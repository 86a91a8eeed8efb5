using System.Security.Cryptography;
using System.Text;

namespace NodeMesh.Spiffe.Files;

/// <summary>PEM text to DER and back (RFC 7468). Stateless.</summary>
internal static class Pem
{
    internal const int MaxFileLength = 256 * 1024;

    private const string CertificateLabel = "CERTIFICATE";
    private const string PrivateKeyLabel = "PRIVATE KEY";

    /// <summary>All certificates of the text in their order. Text around and between them is allowed, other PEM objects are not.</summary>
    /// <exception cref="InvalidDataException">There is no certificate, or another object stands among them.</exception>
    internal static List<ReadOnlyMemory<byte>> ReadCertificates(ReadOnlySpan<byte> file)
    {
        var certificates = new List<ReadOnlyMemory<byte>>();
        var text = Encoding.Latin1.GetString(file).AsSpan();
        while (PemEncoding.TryFind(text, out var fields))
        {
            var label = text[fields.Label];
            if (label is not CertificateLabel)
            {
                throw new InvalidDataException($"a PEM object {QuotedText.Of(label)} stands where only \"{CertificateLabel}\" is expected");
            }

            certificates.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }

        return certificates.Count > 0
            ? certificates
            : throw new InvalidDataException("no PEM certificate found; a line -----BEGIN CERTIFICATE----- is expected");
    }

    /// <summary>The one PKCS#8 private key of the text.</summary>
    /// <exception cref="InvalidDataException">There is none, more than one, or one in another format.</exception>
    internal static byte[] ReadPrivateKey(ReadOnlySpan<byte> file)
    {
        var text = Encoding.Latin1.GetString(file).AsSpan();
        if (!PemEncoding.TryFind(text, out var fields))
        {
            throw new InvalidDataException("no PEM private key found; a line -----BEGIN PRIVATE KEY----- is expected");
        }

        var label = text[fields.Label];
        if (label is not PrivateKeyLabel)
        {
            throw new InvalidDataException(
                $"the key is a PEM {QuotedText.Of(label)}; an unencrypted PKCS#8 \"{PrivateKeyLabel}\" is needed: openssl pkcs8 -topk8 -nocrypt");
        }

        if (PemEncoding.TryFind(text[fields.Location.End..], out _))
        {
            throw new InvalidDataException("the key file holds more than one PEM object; exactly one private key is expected");
        }

        return Convert.FromBase64String(text[fields.Base64Data].ToString());
    }

    internal static string WriteCertificates(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var text = new StringBuilder();
        foreach (var certificate in certificates)
        {
            text.Append(PemEncoding.WriteString(CertificateLabel, certificate.Span)).Append('\n');
        }

        return text.ToString();
    }

    internal static string WritePrivateKey(ReadOnlySpan<byte> pkcs8) => PemEncoding.WriteString(PrivateKeyLabel, pkcs8) + "\n";
}
