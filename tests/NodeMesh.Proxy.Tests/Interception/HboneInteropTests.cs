using System.Diagnostics;
using System.Security.Cryptography;
using NodeMesh.Proxy.Tests.Tunnels;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>A mesh peer of which no line is ours: Python's TLS and the h2 library, speaking HBONE as ztunnel does.</summary>
public sealed class HboneInteropTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nodemesh-hbone").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, "APP", "status 200")]
    [InlineData(true, "1", "status 503 destination-mismatch")]
    [InlineData(false, "APP", "failed")]
    public async Task A_peer_without_server_name_and_headers_of_ours_is_answered(bool withCertificate, string port, string expected)
    {
        await using var pair = await MeshPair.StartAsync();
        using var process = Process.Start(Client(pair, withCertificate, port == "APP" ? $"{pair.ApplicationPort}" : port))!;
        if (expected.EndsWith("200", StringComparison.Ordinal))
        {
            using var server = await pair.Application.AcceptAsync().WaitAsync(Until.Patience);
            Assert.Equal("question\n"u8.ToArray(), await server.ReceiveToEndAsync());
            await server.SendAllAsync("answer\n"u8.ToArray());
        }

        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Until.Patience);
        Assert.StartsWith(expected, output, StringComparison.Ordinal);
        Assert.Equal(expected.EndsWith("200", StringComparison.Ordinal), output.Contains("answer", StringComparison.Ordinal));
        await pair.AssertNothingIsLeftAsync();
    }

    private ProcessStartInfo Client(MeshPair pair, bool withCertificate, string port)
    {
        var svid = pair.Authority.Issue(pair.Authority.Id("cart"));
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), svid.ChainToPem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), PemEncoding.WriteString("PRIVATE KEY", svid.PrivateKey.Span));
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), PemEncoding.WriteString("CERTIFICATE", pair.Authority.RootCertificate.Span));
        List<string> arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Interception", "hbone_client.py"),
            "127.0.0.2",
            $"127.0.0.2:{port}",
            "--port",
            $"{pair.Server.MeshAddress.Port}",
            "--ca",
            Path.Combine(_folder, "ca.pem"),
            "--message",
            "question",
        ];
        if (withCertificate)
        {
            arguments.AddRange(["--cert", Path.Combine(_folder, "cert.pem"), "--key", Path.Combine(_folder, "key.pem")]);
        }

        return new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, UseShellExecute = false };
    }
}
