using System.Diagnostics;
using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;
using NodeMesh.EndToEnd.Tests.Operations;
using Xunit.Abstractions;

namespace NodeMesh.EndToEnd.Tests.ControlPlane;

/// <summary>How long an operator waits for a rule.</summary>
public class RuleLatencyTests(ITestOutputHelper output)
{
    private const int Samples = 24;

    /// <summary>Connects again and again; a line for each connection: when it began, by the clock of all processes, and whether it was let through.</summary>
    private const string Prober = """
        import socket, sys, time
        while True:
            began, allowed = time.monotonic_ns(), False
            try:
                with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as connection:
                    allowed = connection.recv(64).startswith(b"server ")
            except OSError:
                pass
            print(began, "allowed" if allowed else "refused", flush=True)
            time.sleep(0.005)
        """;

    private const string Deny = """
        apiVersion: nodemesh.io/v1
        kind: AuthorizationPolicy
        metadata: { name: nobody }
        spec: { action: DENY, rules: [{}] }
        """;

    [Fact]
    public async Task A_rule_judges_connections_within_200_milliseconds_of_its_apply()
    {
        await using var mesh = await ControlledMesh.StartAsync();
        await using var prober = mesh.A.Machine.Start(
            ServiceMesh.Web, "python3", "-c", Prober, LineServer.Vip4, LineServer.Port.ToString(CultureInfo.InvariantCulture));
        var times = new List<double>();
        for (var i = 0; i < Samples; i++)
        {
            var began = Stopwatch.GetTimestamp();
            if (i % 2 == 0)
            {
                await mesh.Controller.ApplyAsync(Deny);
            }
            else
            {
                await mesh.Controller.DeleteAsync("AuthorizationPolicy", "nobody");
            }

            times.Add(Stopwatch.GetElapsedTime(began, await FirstAsync(prober, i % 2 == 0 ? "refused" : "allowed", began)).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"from apply to the first connection judged by it, {Samples} times: median {times[Samples / 2]:0} ms, longest {times[^1]:0} ms");
        Assert.InRange(times[Samples / 2], 0, 200);
    }

    /// <summary>When the first connection with this outcome began that began after a moment. Stopwatch counts what the prober counts.</summary>
    private static async Task<long> FirstAsync(BackgroundProcess prober, string outcome, long after)
    {
        while (true)
        {
            var words = (await prober.ReadLineAsync()).Split(' ');
            var began = long.Parse(words[0], CultureInfo.InvariantCulture);
            if (began > after && words[1] == outcome)
            {
                return began;
            }
        }
    }
}
