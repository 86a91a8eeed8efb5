using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace NodeMesh.ControllerScale;

/// <summary>A nodemesh-controller with a directory of its own, and its API as root has it. May be ended and started again.</summary>
internal sealed class ControllerProcess : IAsyncDisposable
{
    private static readonly double TicksPerSecond = 100;

    private readonly string _program;
    private readonly string _directory = Directory.CreateTempSubdirectory("nodemesh-scale-").FullName;
    private readonly HttpClient _http;
    private Process? _process;

    public ControllerProcess(string program)
    {
        _program = program;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = (IPEndPoint)probe.LocalEndpoint;
        }

        var socket = Path.Combine(_directory, "api.sock");
        File.WriteAllText(SettingsPath, $"""
            trustDomain: {ScaleMesh.TrustDomain}
            data: {Path.Combine(_directory, "data")}
            listen: ["{Address}"]
            api: {"{"}socket: {socket}{"}"}
            log: {"{"}level: warning{"}"}

            """);
        _http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromSeconds(5),
            ConnectCallback = async (_, cancel) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri("http://controller/"),
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    /// <summary>Where nodes connect.</summary>
    public IPEndPoint Address { get; }

    /// <summary>CPU time of user and system since its start.</summary>
    public TimeSpan Cpu
    {
        get
        {
            // proc(5): the 14th and 15th field; the second one is in parentheses and may hold anything.
            var stat = File.ReadAllText($"/proc/{_process!.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
        }
    }

    private string SettingsPath => Path.Combine(_directory, "controller.yaml");

    /// <summary>Starts it; gives how long it took until it answered.</summary>
    public async Task<TimeSpan> StartAsync()
    {
        var began = Stopwatch.GetTimestamp();
        _process = Process.Start(new ProcessStartInfo(_program, ["--config", SettingsPath])) ?? throw new InvalidOperationException($"{_program} does not start");
        while (!await AnswersAsync())
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{_program} ended with {_process.ExitCode}");
            }

            await Task.Delay(20);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Ends it without a word, as a power cut does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Resident memory in MiB: now, and the most it ever was.</summary>
    public (double Now, double Peak) Memory()
    {
        var lines = File.ReadAllLines($"/proc/{_process!.Id}/status");
        double Of(string name) => Number(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
        return (Of("VmRSS:"), Of("VmHWM:"));
    }

    /// <summary>Applies files, which must be right; gives the revision.</summary>
    public async Task<long> ApplyAsync(params IEnumerable<string> contents)
    {
        var message = new { files = contents.Select((content, number) => new { name = $"{number}.yaml", content }).ToArray() };
        return (await PostAsync("v1/apply", message)).GetProperty("revision").GetInt64();
    }

    public async Task<string> CreateTokenAsync(string node) =>
        (await PostAsync($"v1/nodes/{node}/tokens", new { ttlSeconds = 3600 })).GetProperty("token").GetString()!;

    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)));
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private async Task<JsonElement> PostAsync(string path, object message)
    {
        using var content = new StringContent(JsonSerializer.Serialize(message), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content);
        var body = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {response.StatusCode}: {body[..Math.Min(body.Length, 1_000)]}");
        }

        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await GetAsync("v1/status");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
