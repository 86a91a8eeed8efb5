using BenchmarkDotNet.Attributes;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Http.Paths;
using NodeMesh.Microbench.Environments;

namespace NodeMesh.Microbench.Benchmarks;

/// <summary>The HTTP/1.1 engine alone: a browser's request and a JSON response, read into header lists and written from them.</summary>
[MemoryDiagnoser]
public class Http1Benchmarks
{
    private readonly byte[] _request =
    [
        .. "GET /api/v1/orders/42?expand=lines&limit=20 HTTP/1.1\r\nHost: orders.shop.mesh:8080\r\n"u8,
        .. "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: application/json, text/plain, */*\r\n"u8,
        .. "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\nCookie: session=9f86d081884c7d659a2feaa0c55ad015\r\n"u8,
        .. "X-Request-Id: 7d444840-9dc0-11d1-b245-5ffdce74fad2\r\nX-Tenant: blue\r\n\r\n"u8,
    ];

    private readonly byte[] _response =
    [
        .. "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 25 Nov 2025 12:00:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\n"u8,
        .. "Content-Length: 27\r\nConnection: keep-alive\r\nCache-Control: no-store\r\nX-Frame-Options: DENY\r\n\r\n{\"id\":42,\"state\":\"shipped\"}"u8,
    ];

    private readonly Http1Engine _server = new(Http1Role.Server);
    private readonly Http1Engine _client = new(Http1Role.Client);
    private readonly HeaderList _noContent = new();
    private readonly HeaderList _asked = new();
    private readonly HeaderList _dotted = new();
    private readonly PathOptions _paths = new();

    [GlobalSetup]
    public void Prepare()
    {
        _noContent.Add(KnownHeader.Status, "204");
        _server.Read(_request);
        _server.Headers.CopyTo(_asked);
        _server.Write(_noContent);
    }

    [Benchmark(Description = "a request of 9 fields read, 204 written")]
    public void ReadRequest()
    {
        _server.Read(_request);
        _server.Write(_noContent);
    }

    [Benchmark(Description = "a request of 8 fields written, its response of 7 fields and 27 bytes read")]
    public void WriteRequestAndReadResponse()
    {
        _client.Write(_asked);
        _client.Read(_response);
    }

    [Benchmark(Description = "a path that is normal already")]
    public PathOutcome PlainPath() => PathNormalizer.Normalize(_asked, _paths);

    [Benchmark(Description = "a path with dots and escapes normalised")]
    public PathOutcome DottedPath()
    {
        _dotted.Clear();
        _dotted.Add(KnownHeader.Path, "/api/v1/%7Eusers/../orders/./42?expand=lines"u8);
        return PathNormalizer.Normalize(_dotted, _paths);
    }
}
