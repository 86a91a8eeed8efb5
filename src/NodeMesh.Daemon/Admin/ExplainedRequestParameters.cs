using Microsoft.AspNetCore.Http;
using NodeMesh.Proxy.Explaining;

namespace NodeMesh.Daemon.Admin;

/// <summary>The parameters by which <c>/v1/explain</c> is asked about an HTTP request.</summary>
internal static class ExplainedRequestParameters
{
    /// <summary>Null when none is given: then a connection is asked about. What is left out is what a client would send.</summary>
    /// <exception cref="AdminException">One is not right.</exception>
    public static ExplainedRequest? Find(AdminRequest request)
    {
        var method = request.Find("method");
        var path = request.Find("path");
        var host = request.Find("host");
        var headers = request.FindAll("header");
        if (method is null && path is null && host is null && headers.Count == 0)
        {
            return null;
        }

        return new ExplainedRequest(
            Checked("method", method ?? "GET", text => text.All(IsToken), "a method such as GET"),
            host is null ? null : Checked("host", host, text => !text.Any(c => c is ' ' or '@' || char.IsControl(c)), "a host, with a port or without"),
            Checked("path", path ?? "/", text => text[0] == '/' && text.All(c => c is > ' ' and < '\x7f'), "a path that begins with '/', with other characters percent-encoded"),
            [.. headers.Select(Header)]);
    }

    private static (string Name, string Value) Header(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? string.Empty : text[..colon];
        Checked("header", text, _ => name.Length > 0 && name.All(IsToken) && !text.Any(char.IsControl), "NAME: VALUE");
        return (name, text[(colon + 1)..].Trim());
    }

    private static string Checked(string name, string text, Func<string, bool> isRight, string expected) => isRight(text)
        ? text
        : throw new AdminException(StatusCodes.Status400BadRequest, $"the parameter {name} is \"{text}\"; expected is {expected}");

    // RFC 9110, 5.6.2.
    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
