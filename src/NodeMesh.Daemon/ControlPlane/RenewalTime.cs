using System.Globalization;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>When a certificate is to be replaced. Stateless.</summary>
internal static class RenewalTime
{
    private const double Earliest = 0.45;
    private const double Spread = 0.1;
    private const int Digits = 4;

    /// <summary>
    /// Around half its life. Its serial number, which is random, says where exactly: certificates of one moment are not replaced in one moment, and a
    /// restart changes nothing about it.
    /// </summary>
    public static DateTimeOffset Of(X509Svid svid)
    {
        var digits = svid.SerialNumber[..Math.Min(Digits, svid.SerialNumber.Length)];
        var place = int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)(1 << (4 * Digits));
        return svid.NotBefore + ((svid.NotAfter - svid.NotBefore) * (Earliest + (Spread * place)));
    }
}
