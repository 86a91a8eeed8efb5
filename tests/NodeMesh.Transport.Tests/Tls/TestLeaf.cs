using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>A leaf certificate, its issuers without the root, and its key.</summary>
internal sealed record TestLeaf(byte[] Certificate, byte[][] Issuers, byte[] Pkcs8)
{
    public string CertificatePem
    {
        get
        {
            var text = new StringBuilder();
            foreach (var der in (byte[][])[Certificate, .. Issuers])
            {
                text.AppendLine(PemEncoding.WriteString("CERTIFICATE", der));
            }

            return text.ToString();
        }
    }

    public string KeyPem => PemEncoding.WriteString("PRIVATE KEY", Pkcs8) + "\n";

    /// <summary>As SslStream takes it.</summary>
    public X509Certificate2 WithKey() => X509Certificate2.CreateFromPem(CertificatePem, KeyPem);
}
