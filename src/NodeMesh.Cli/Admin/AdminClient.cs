using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace NodeMesh.Cli.Admin;

/// <summary>Speaks to the daemon's admin socket (docs/admin-api.md). One per command; connects with the first request.</summary>
internal sealed class AdminClient : IDisposable
{
    public const string DefaultSocket = "/run/nodemesh/admin.sock";

    /// <summary>More than a daemon needs to answer or to load a large mesh; less than an operator's patience.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _socket;
    private readonly HttpClient _http;

    public AdminClient(string socket)
    {
        _socket = socket;
        var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://nodemeshd/"), Timeout = Deadline };
    }

    public string Socket => _socket;

    /// <summary>The answer as it came, for scripts that want every field.</summary>
    /// <exception cref="AdminException">There is none.</exception>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        Parse(await SendAsync(HttpMethod.Get, path, body: null, cancellationToken));

    /// <exception cref="AdminException">There is no answer of this form.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> form, CancellationToken cancellationToken) =>
        Read(await SendAsync(HttpMethod.Get, path, body: null, cancellationToken), form);

    /// <param name="body">JSON, or null for none.</param>
    /// <inheritdoc cref="GetAsync(string, CancellationToken)"/>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken) =>
        Parse(await SendAsync(method, path, body?.ToJsonString(), cancellationToken));

    /// <summary>An answer that was fetched before, in its typed form.</summary>
    /// <exception cref="AdminException">It has another form.</exception>
    public T Read<T>(JsonNode answer, JsonTypeInfo<T> form)
    {
        try
        {
            return answer.Deserialize(form) ?? throw Unintelligible("null");
        }
        catch (JsonException e)
        {
            throw Unintelligible(e.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode ? content : throw Refused(response.StatusCode, content);
        }
        catch (HttpRequestException e) when (e.InnerException is AdminException inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        catch (HttpRequestException e)
        {
            throw new AdminException(AdminFailure.Unintelligible, $"{_socket} broke off: {e.Message}", "journalctl -u nodemeshd says more");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AdminException(
                AdminFailure.Unreachable, $"{_socket} did not answer within {Deadline.TotalSeconds:0} seconds", "the daemon may be overloaded or stuck: journalctl -u nodemeshd");
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw Unconnected(e);
        }
    }

    private AdminException Unconnected(Exception error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new AdminException(
            AdminFailure.Forbidden, $"permission denied at {_socket}", "only root and the daemon's own user may ask it: run as root"),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new AdminException(
            AdminFailure.Unreachable, $"nobody listens at {_socket}", "nodemeshd has ended without removing it; start it: systemctl start nodemeshd"),
        ArgumentException => new AdminException(
            AdminFailure.Unreachable, $"{_socket} cannot be the path of a socket: {error.Message}", "give a path of at most 107 bytes with --socket"),
        _ when !File.Exists(_socket) => new AdminException(
            AdminFailure.Unreachable,
            $"there is no socket {_socket}",
            "is nodemeshd running? systemctl status nodemeshd; if it uses another path, give it with --socket"),
        _ => new AdminException(AdminFailure.Unreachable, $"cannot connect to {_socket}: {error.Message}", "is nodemeshd running? systemctl status nodemeshd"),
    };

    private AdminException Refused(HttpStatusCode status, byte[] content)
    {
        var problem = ReadProblem(content);
        var detail = problem?.Detail ?? problem?.Title ?? $"nodemeshd answered {(int)status}";
        return status switch
        {
            HttpStatusCode.Forbidden => new AdminException(AdminFailure.Forbidden, detail, "only root and the daemon's own user may ask it: run as root"),
            HttpStatusCode.NotFound when problem?.Detail is null => new AdminException(
                AdminFailure.NotFound, $"nodemeshd at {_socket} does not know this request", "it may be older than nodemeshctl: compare nodemeshctl version"),
            HttpStatusCode.NotFound => new AdminException(AdminFailure.NotFound, detail),
            HttpStatusCode.InternalServerError => new AdminException(AdminFailure.Rejected, detail, "journalctl -u nodemeshd says more"),
            _ => new AdminException(AdminFailure.Rejected, detail, hint: null, problem?.Errors),
        };
    }

    private static Problem? ReadProblem(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, AdminJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private T Read<T>(byte[] content, JsonTypeInfo<T> form)
    {
        try
        {
            return JsonSerializer.Deserialize(content, form) ?? throw Unintelligible("null");
        }
        catch (JsonException e)
        {
            throw Unintelligible(e.Message);
        }
    }

    private JsonNode Parse(byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) ?? throw Unintelligible("null");
        }
        catch (JsonException e)
        {
            throw Unintelligible(e.Message);
        }
    }

    private AdminException Unintelligible(string detail) => new(
        AdminFailure.Unintelligible, $"what answers at {_socket} does not speak nodemeshd's admin API: {detail}", "is --socket the right one? compare nodemeshctl version");
}
