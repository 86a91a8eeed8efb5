using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Cli.Controller;

/// <summary>Where a controller is asked: <c>unix:/path</c> or <c>https://host:15010</c>. Immutable.</summary>
internal sealed class ControllerAddress
{
    public const string Expected = "unix:/PATH or https://HOST:PORT, such as unix:/run/nodemesh-controller/api.sock or https://mesh.example.org:15010";

    private const string UnixPrefix = "unix:";
    private const int DefaultPort = 15010;

    private ControllerAddress(string text, string? socket, Uri? uri) => (Text, Socket, Uri) = (text, socket, uri);

    /// <summary>That of a controller on this machine with default settings.</summary>
    public static ControllerAddress Default { get; } = new("unix:/run/nodemesh-controller/api.sock", "/run/nodemesh-controller/api.sock", null);

    /// <summary>As the operator wrote it.</summary>
    public string Text { get; }

    /// <summary>The path of the socket; null where it is over TLS.</summary>
    public string? Socket { get; }

    /// <summary>Where it is over TLS; null where it is a socket.</summary>
    public Uri? Uri { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out ControllerAddress? address)
    {
        address = null;
        if (text.StartsWith(UnixPrefix + "/", StringComparison.Ordinal))
        {
            address = new ControllerAddress(text, text[UnixPrefix.Length..], null);
        }
        else if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "https", PathAndQuery: "/", Fragment: "", UserInfo: "" })
        {
            // The port that is never a controller's is the one that the library fills in.
            var port = uri.IsDefaultPort && !text.TrimEnd('/').EndsWith(":443", StringComparison.Ordinal) ? DefaultPort : uri.Port;
            address = new ControllerAddress(text, null, new UriBuilder(uri) { Port = port }.Uri);
        }

        return address is not null;
    }

    public override string ToString() => Text;
}
