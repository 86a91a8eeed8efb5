using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>The admin API of one machine's daemon, over its unix socket, as root.</summary>
internal sealed class AdminClient : IDisposable
{
    public const string Socket = "/run/nodemesh/admin.sock";

    private readonly HttpClient _http;

    /// <param name="path">Of the socket; another program's.</param>
    public AdminClient(Machine machine, string path = Socket)
    {
        var handler = new SocketsHttpHandler
        {
            // A daemon that was restarted has another socket.
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(machine.PathOf(path)), cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://nodemeshd/"), Timeout = TimeSpan.FromSeconds(20) };
    }

    public async Task<JsonElement> GetAsync(string path) => Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)));

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path)
    {
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content: null);
        return (response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, object message)
    {
        using var content = new StringContent(JsonSerializer.Serialize(message), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content);
        var body = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, body.Length == 0 ? default : Parse(body));
    }

    public Task<JsonElement> StatusAsync() => GetAsync("v1/status");

    public async Task<int> OpenConnectionsAsync() => (await StatusAsync()).GetProperty("connections").GetProperty("open").GetInt32();

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _http.GetAsync(new Uri("v1/readiness", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }

    public void Dispose() => _http.Dispose();

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
