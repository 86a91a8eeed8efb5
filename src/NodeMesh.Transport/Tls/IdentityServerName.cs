using System.Security.Cryptography;
using System.Text;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// The server name (SNI, RFC 6066) by which a client asks for an identity. A SPIFFE ID is not a legal host name and can be 2048 bytes long, so
/// the name is the first 26 characters of the lower-case base32 (RFC 4648, no padding) of the SHA-256 of the ID's canonical text, under a fixed
/// suffix: 130 bits, enough that no two identities meet. It selects a certificate and proves nothing; the certificate is verified all the same.
/// </summary>
public static class IdentityServerName
{
    /// <summary>The suffix of every such name.</summary>
    public const string Suffix = ".id.nodemesh.internal";

    private const int LabelLength = 26;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The server name of an identity, for example <c>mfrggzdfmztwq2lknnwg23tpob.id.nodemesh.internal</c>.</summary>
    public static string For(SpiffeId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id.ToString()), hash);

        Span<char> label = stackalloc char[LabelLength];
        var bits = 0u;
        var held = 0;
        var next = 0;
        for (var i = 0; i < label.Length; i++)
        {
            if (held < 5)
            {
                bits = (bits << 8) | hash[next++];
                held += 8;
            }

            held -= 5;
            label[i] = Alphabet[(int)(bits >> held) & 31];
        }

        return string.Concat(label, Suffix);
    }

    /// <summary>Whether a server name asks for an identity in this form, be it known here or not.</summary>
    public static bool IsIdentityName(string serverName)
    {
        ArgumentNullException.ThrowIfNull(serverName);
        return serverName.Length == LabelLength + Suffix.Length && serverName.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase);
    }
}
