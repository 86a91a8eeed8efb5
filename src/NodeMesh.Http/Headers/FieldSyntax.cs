using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace NodeMesh.Http.Headers;

/// <summary>The alphabets and small grammars of fields (RFC 9110, 5; RFC 3986, 3.2) that both versions of HTTP check. Immutable, any thread.</summary>
internal static class FieldSyntax
{
    private const string LowerTokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A token as methods and names in HTTP/1.1 are.</summary>
    public static readonly SearchValues<byte> Token = Create(LowerTokens + "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>A token in lower case, as names in HTTP/2 are.</summary>
    public static readonly SearchValues<byte> LowerToken = Create(LowerTokens);

    /// <summary>What no value may hold: control bytes but the tab. The first one in a line of HTTP/1.1 is its end.</summary>
    public static readonly SearchValues<byte> ValueForbidden = Create(Controls('\t'));

    /// <summary>What no request target may hold: control bytes and blanks.</summary>
    public static readonly SearchValues<byte> TargetForbidden = Create(Controls() + " ");

    private static readonly SearchValues<byte> Authority = Create("-._~!$&'()*+,;=%:[]0123456789" + Letters);
    private static readonly SearchValues<byte> AddressLiteral = Create(":.0123456789abcdefABCDEF");

    public static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);

    /// <summary>The name of a protocol and perhaps its version, as in Upgrade (RFC 9110, 7.8).</summary>
    public static bool IsProtocol(ReadOnlySpan<byte> text)
    {
        int slash = text.IndexOf((byte)'/');
        return slash < 0 ? IsToken(text) : IsToken(text[..slash]) && IsToken(text[(slash + 1)..]);
    }

    /// <summary>A host and perhaps a port, without user information (RFC 9110, 4.2.4 and 7.2).</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.ContainsAnyExcept(Authority))
        {
            return false;
        }
        int hostLength;
        if (text[0] == (byte)'[')
        {
            int close = text.IndexOf((byte)']');
            if (close < 3 || text[1..close].ContainsAnyExcept(AddressLiteral))
            {
                return false;
            }
            hostLength = close + 1;
        }
        else
        {
            int colon = text.IndexOf((byte)':');
            hostLength = colon < 0 ? text.Length : colon;
            if (hostLength == 0 || text[..hostLength].IndexOfAny((byte)'[', (byte)']') >= 0)
            {
                return false;
            }
        }
        ReadOnlySpan<byte> port = text[hostLength..];
        return port.IsEmpty || (port[0] == (byte)':' && port.Length <= 6 && !port[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));
    }

    /// <summary>Decimal digits only, that fit.</summary>
    public static bool TryParseDigits(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        return !text.IsEmpty
            && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(text, out number, out int used)
            && used == text.Length;
    }

    /// <summary>Takes the blanks off both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsBlank(text[start]))
        {
            start++;
        }
        while (end > start && IsBlank(text[end - 1]))
        {
            end--;
        }
        return text[start..end];
    }

    /// <summary>Takes the next element off a comma-separated list, without its blanks; false at the end. Empty elements are skipped.</summary>
    public static bool TryTakeElement(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        while (!list.IsEmpty)
        {
            int comma = list.IndexOf((byte)',');
            element = Trim(comma < 0 ? list : list[..comma]);
            list = comma < 0 ? default : list[(comma + 1)..];
            if (!element.IsEmpty)
            {
                return true;
            }
        }
        element = default;
        return false;
    }

    private static SearchValues<byte> Create(string text) => SearchValues.Create(Encoding.Latin1.GetBytes(text));

    private static string Controls(char except = '\0')
    {
        var text = new StringBuilder("\0\u007F");
        for (char value = '\u0001'; value < ' '; value++)
        {
            if (value != except)
            {
                text.Append(value);
            }
        }
        return text.ToString();
    }
}
