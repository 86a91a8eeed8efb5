using System.Runtime.InteropServices;
using System.Text;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// The calling thread's OpenSSL error queue. It is cleared before each call and drained after each failure, so that one session's error
/// never explains another's.
/// </summary>
internal static unsafe class OpenSslErrors
{
    private const uint SystemErrorFlag = 0x80000000;

    /// <summary>The oldest error's reason within libssl, or 0 when there is none of libssl's.</summary>
    public static int FirstReason()
    {
        var error = (uint)LibCrypto.ERR_peek_error();
        return (error & SystemErrorFlag) == 0 && ((error >> 23) & 0xFF) == LibCrypto.ERR_LIB_SSL ? (int)(error & 0x7FFFFF) : 0;
    }

    /// <summary>Empties the queue into one line of OpenSSL's own words; empty when there was none.</summary>
    public static string Drain()
    {
        var text = new StringBuilder();
        for (var error = LibCrypto.ERR_get_error(); error != 0; error = LibCrypto.ERR_get_error())
        {
            if (text.Length > 0)
            {
                text.Append("; ");
            }

            var reason = LibCrypto.ERR_reason_error_string(error);
            text.Append(reason is not null ? Marshal.PtrToStringUTF8((nint)reason)
                : ((uint)error & SystemErrorFlag) != 0 ? Marshal.GetPInvokeErrorMessage((int)((uint)error & ~SystemErrorFlag))
                : $"error {(ulong)error:X8}");
        }

        return text.ToString();
    }

    /// <summary>Drains the queue into an exception, for calls that fail only by a fault of ours.</summary>
    public static TlsException Exception(string what)
    {
        var detail = Drain();
        return new TlsException(detail.Length > 0 ? $"{what}: {detail}" : what);
    }
}
