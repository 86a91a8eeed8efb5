using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace NodeMesh.Cli.Api;

/// <summary>
/// Asks a program of the mesh over its JSON API, and turns what goes wrong into what the operator reads. One per command; connects with the first
/// request.
/// </summary>
internal abstract class ApiClient(ApiPeer peer, Uri baseAddress, SocketsHttpHandler handler) : IDisposable
{
    /// <summary>More than it takes to answer or to load a large mesh; less than an operator's patience.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>What goes on says something three times as often.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private readonly HttpClient _http = new(handler) { BaseAddress = baseAddress, Timeout = Deadline };

    /// <summary>Where it is asked, as the operator writes it.</summary>
    public string Address => peer.Address;

    /// <summary>The answer as it came, for scripts that want every field.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        Parse(await SendAsync(HttpMethod.Get, path, body: null, cancellationToken));

    /// <exception cref="ApiException">There is no answer of this form.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> form, CancellationToken cancellationToken) =>
        Read(await SendAsync(HttpMethod.Get, path, body: null, cancellationToken), form);

    /// <param name="body">JSON, or null for none.</param>
    /// <inheritdoc cref="GetAsync(string, CancellationToken)"/>
    public async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken) =>
        Parse(await SendAsync(method, path, body?.ToJsonString(), cancellationToken));

    /// <summary>Asks for what is answered with nothing but success.</summary>
    /// <exception cref="ApiException">It was not done.</exception>
    public Task PostAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, (string?)null, cancellationToken);

    /// <inheritdoc cref="PostAsync"/>
    public Task DeleteAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, (string?)null, cancellationToken);

    /// <summary>The documents of an answer that goes on, one a line, until it ends or breaks off.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async IAsyncEnumerable<JsonNode> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw Refused(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }

        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await ReadLineAsync(lines, cancellationToken) is { } line)
        {
            yield return Parse(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>An answer that was fetched before, in its typed form.</summary>
    /// <exception cref="ApiException">It has another form.</exception>
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

        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.IsSuccessStatusCode ? content : throw Refused(response.StatusCode, content);
    }

    private static async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Silence);
        try
        {
            return await lines.ReadLineAsync(patience.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption until, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, until, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is ApiException inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        catch (HttpRequestException e)
        {
            throw new ApiException(ApiFailure.Unintelligible, $"{Address} broke off: {e.Message}", $"journalctl -u {peer.Program} says more");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiException(
                ApiFailure.Unreachable,
                $"{Address} did not answer within {Deadline.TotalSeconds:0} seconds",
                $"the {peer.Role} may be overloaded or stuck: journalctl -u {peer.Program}");
        }
    }

    private ApiException Refused(HttpStatusCode status, byte[] content)
    {
        var problem = ReadProblem(content);
        var detail = problem?.Detail ?? problem?.Title ?? $"{peer.Program} answered {(int)status}";
        return status switch
        {
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new ApiException(ApiFailure.Forbidden, detail, peer.Forbidden),
            HttpStatusCode.NotFound when problem?.Detail is null => new ApiException(
                ApiFailure.NotFound,
                $"{peer.Program} at {Address} does not know this request",
                $"it may be older than nodemeshctl: compare nodemeshctl version with {peer.Program} --version"),
            HttpStatusCode.NotFound => new ApiException(ApiFailure.NotFound, detail),
            HttpStatusCode.InternalServerError => new ApiException(ApiFailure.Rejected, detail, $"journalctl -u {peer.Program} says more"),
            HttpStatusCode.Conflict => new ApiException(ApiFailure.Conflict, detail),
            HttpStatusCode.Gone => new ApiException(ApiFailure.Gone, detail),
            _ => new ApiException(ApiFailure.Rejected, detail, hint: null, problem?.Errors),
        };
    }

    private static Problem? ReadProblem(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, ProblemJson.Default.Problem);
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

    private ApiException Unintelligible(string detail) => new(
        ApiFailure.Unintelligible, $"what answers at {Address} does not speak {peer.Program}'s API: {detail}", $"is {peer.Option} the right one? compare the versions");
}
