using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Authorization;

/// <summary>Judges one attribute by its list and its <c>not</c> list: an empty list says nothing. Answers with the name of what failed.</summary>
internal static class AttributeMatch
{
    internal static string? Mismatch(
        StringMatcher values, StringMatcher notValues, ReadOnlySpan<char> value, UnknownAttribute unknown, string name, string notName)
    {
        // An attribute that is not known is empty, and the empty text matches no pattern.
        if (!values.IsEmpty && !values.Matches(value))
        {
            return name;
        }

        return notValues.IsEmpty || NotMatches(value.IsEmpty ? null : notValues.Matches(value), unknown) ? null : notName;
    }

    internal static string? Mismatch<TMatcher>(
        TMatcher values, TMatcher notValues, ReadOnlySpan<byte> value, UnknownAttribute unknown, string name, string notName)
        where TMatcher : IBytesMatcher
    {
        // What a request does not tell is empty here too.
        if (!values.IsEmpty && (value.IsEmpty || !values.Matches(value)))
        {
            return name;
        }

        return notValues.IsEmpty || NotMatches(value.IsEmpty ? null : notValues.Matches(value), unknown) ? null : notName;
    }

    internal static string? Mismatch(
        ServiceAccountMatcher values, ServiceAccountMatcher notValues, SpiffeId? peer, UnknownAttribute unknown, string name, string notName)
    {
        var known = peer?.ServiceAccount is not null;
        if (!values.IsEmpty && (!known || !values.Matches(peer!)))
        {
            return name;
        }

        return notValues.IsEmpty || NotMatches(known ? notValues.Matches(peer!) : null, unknown) ? null : notName;
    }

    internal static string? Mismatch(NetworkMatcher values, NetworkMatcher notValues, IpEndpoint address, string name, string notName)
    {
        if (!values.IsEmpty && !values.Matches(address))
        {
            return name;
        }

        return notValues.IsEmpty || !notValues.Matches(address) ? null : notName;
    }

    internal static string? Mismatch(PortMatcher values, PortMatcher notValues, ushort port, string name, string notName)
    {
        if (!values.IsEmpty && !values.Matches(port))
        {
            return name;
        }

        return notValues.IsEmpty || !notValues.Matches(port) ? null : notName;
    }

    /// <summary>
    /// Fields of a request's token. Tokens are not verified, so nothing is known of them: no ALLOW rests on one, and a DENY holds whatever it
    /// asks of them.
    /// </summary>
    internal static string? TokenMismatch(string? field, UnknownAttribute unknown) => unknown == UnknownAttribute.Matches ? null : field;

    private static bool NotMatches(bool? listed, UnknownAttribute unknown) => listed is { } known ? !known : unknown == UnknownAttribute.Matches;
}
