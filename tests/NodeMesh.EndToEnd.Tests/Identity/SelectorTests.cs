using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>Who a process is, is asked of the kernel: its user, control group and program file.</summary>
public class SelectorTests(SelectorMesh mesh) : IClassFixture<SelectorMesh>
{
    public static TheoryData<string> Vips => [LineServer.Vip4, LineServer.Vip6];

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task One_user_in_two_control_groups_is_two_workloads(string vip)
    {
        Assert.Equal("red", await IdentityAsync(vip, new CommandOptions { Uid = 2100, Cgroup = mesh.Red }));
        Assert.Equal("blue", await IdentityAsync(vip, new CommandOptions { Uid = 2100, Cgroup = mesh.Blue }));
    }

    [Fact]
    public async Task A_group_below_belongs_to_the_workload_above_unless_it_has_its_own()
    {
        Assert.Equal("red", await IdentityAsync(LineServer.Vip4, new CommandOptions { Uid = 2100, Cgroup = mesh.Red.AddChild("worker") }));
        Assert.Equal("deep", await IdentityAsync(LineServer.Vip4, new CommandOptions { Uid = 2100, Cgroup = mesh.Deep }));
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_program_file_is_a_workload_whoever_runs_it(string vip)
    {
        foreach (var uid in new[] { 2200u, 2201u })
        {
            Assert.Equal("shell", await IdentityAsync(vip, CommandOptions.As(uid), "bash", "-c", $"exec 3<>/dev/tcp/{vip}/{LineServer.Port} && read -r line <&3"));
        }
    }

    [Theory]
    [MemberData(nameof(Vips))]
    public async Task A_process_that_no_workload_claims_is_refused(string vip)
    {
        Assert.StartsWith("failed", await LineServer.CallAsync(mesh.A.Machine, CommandOptions.As(2999), vip), StringComparison.Ordinal);
        var line = await mesh.A.WaitForAccessLogAsync(entry => entry.Refusal == "no-identity" && (entry.Detail?.Contains("uid 2999", StringComparison.Ordinal) ?? false), "a refusal of uid 2999");
        Assert.Null(line.SourcePrincipal);
        Assert.DoesNotContain(mesh.B.ReadAccessLog(), entry => entry.SourcePrincipal is null);
    }

    [Theory]
    [InlineData(2301u, true)]
    [InlineData(2300u, false)]
    public async Task Half_of_a_selector_is_not_enough(uint uid, bool inItsGroup)
    {
        // "both" is uid 2300 in one control group: neither another user in that group nor that user elsewhere is it.
        var options = new CommandOptions { Uid = uid, Cgroup = inItsGroup ? mesh.Both : mesh.A.Machine.AddCgroup("elsewhere") };
        Assert.StartsWith("failed", await LineServer.CallAsync(mesh.A.Machine, options, LineServer.Vip4), StringComparison.Ordinal);
        await mesh.A.WaitForAccessLogAsync(entry => entry.Refusal == "no-identity" && entry.Detail!.Contains($"uid {uid}", StringComparison.Ordinal), $"a refusal of uid {uid}");
    }

    [Fact]
    public async Task A_name_that_a_process_gives_itself_means_nothing()
    {
        // The program is a copy of bash under the real one's name, and calls itself so; the file is another.
        await mesh.A.Machine.OutputOfAsync("sh", "-c", "mkdir -p /run/tmp/usr/bin && cp /usr/bin/bash /run/tmp/usr/bin/bash && chmod 755 /run/tmp/usr/bin/bash");
        var result = await mesh.A.Machine.RunAsync(
            CommandOptions.As(2202), "sh", "-c", $"exec -a /usr/bin/bash /run/tmp/usr/bin/bash -c 'exec 3<>/dev/tcp/{LineServer.Vip4}/{LineServer.Port} && read -r line <&3' || exit 1");
        Assert.NotEqual(0, result.ExitCode);
        result = await mesh.A.Machine.RunAsync(
            CommandOptions.As(2202), "/run/tmp/usr/bin/bash", "-c", $"exec 3<>/dev/tcp/{LineServer.Vip4}/{LineServer.Port} && read -r line <&3");
        Assert.NotEqual(0, result.ExitCode);
        await mesh.A.WaitForAccessLogAsync(entry => entry.Refusal == "no-identity" && entry.Detail!.Contains("uid 2202", StringComparison.Ordinal), "a refusal of uid 2202");
    }

    /// <summary>The service account that the peer saw for a call of this process.</summary>
    private async Task<string> IdentityAsync(string vip, CommandOptions options, params string[] command)
    {
        var before = mesh.B.ReadAccessLog().Count;
        if (command.Length == 0)
        {
            Assert.StartsWith("server ", await LineServer.CallAsync(mesh.A.Machine, options, vip), StringComparison.Ordinal);
        }
        else
        {
            (await mesh.A.Machine.RunAsync(options, command[0], command[1..])).EnsureSuccess();
        }

        await Until.TrueAsync(() => mesh.B.ReadAccessLog().Count > before, "the peer to log the call");
        return mesh.B.ReadAccessLog()[before].SourcePrincipal!.Split('/')[^1];
    }
}
