namespace NodeMesh.Cli.Tests.Controller;

/// <summary>What only reads, against one controller with a mesh.</summary>
public sealed class ControllerGetTests(ControllerGetTests.Fixture fixture) : IClassFixture<ControllerGetTests.Fixture>
{
    private readonly RunningController _controller = fixture.Controller;

    [Theory]
    [InlineData("get services", "NAMESPACE   NAME   PORTS     SELECTOR   RESOLVED   PROGRAMMED\nshop        cart   http:80   app=cart   yes        no (NoNodes)\n")]
    [InlineData(
        "get workloads",
        "NAMESPACE   NAME     NODE    SERVICE-ACCOUNT   PORTS       MTLS   CERTIFICATE   RESOLVED   PROGRAMMED\nshop        cart-1   web-1   cart-1            http:8080   -      -             yes        no (NoNodes)\n")]
    [InlineData("get nodes", "NAME    ADDRESSES   MESH-PORT   WORKLOADS   RESOLVED   PROGRAMMED\nweb-1   192.0.2.1   -           1           yes        no (NoNodes)\n")]
    [InlineData(
        "get all -n shop -o wide",
        "KIND       NAMESPACE   NAME     RESOLVED   PROGRAMMED     REVISION\nService    shop        cart     yes        no (NoNodes)   1\nWorkload   shop        cart-1   yes        no (NoNodes)   1\n")]
    [InlineData("get all -l app=cart", "KIND       NAMESPACE   NAME     RESOLVED   PROGRAMMED\nWorkload   shop        cart-1   yes        no (NoNodes)\n")]
    [InlineData("get services --selector team=shop,app=cart", "")]
    public async Task Get_reads_from_the_controller_that_is_named(string line, string output) =>
        Assert.Equal(new CtlRun(0, output, output.Length == 0 ? "There are no services here.\n" : ""), await _controller.RunAsync(line.Split(' ')));

    [Theory]
    [InlineData("get services -l team", 2, "--selector team is not right at \"team\"; give labels as KEY=VALUE")]
    [InlineData("get services -l team=shop --watch", 1, "error: a watch at a controller is not narrowed by labels")]
    [InlineData("get endpoints -l team=shop", 1, "error: endpoints have no labels")]
    public async Task Labels_that_cannot_be_chosen_by_are_refused(string line, int exitCode, string error)
    {
        var run = await _controller.RunAsync(line.Split(' '));

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(error, run.Error);
    }

    [Fact]
    public async Task What_get_prints_can_be_applied_again()
    {
        var yaml = await _controller.RunAsync("get", "all", "-o", "yaml");
        var run = await _controller.RunAsync(["apply", "-f", "-"], yaml.Output);

        Assert.EndsWith("nothing to change\n", run.Output);
    }

    [Fact]
    public async Task Describe_shows_the_resource()
    {
        var run = await _controller.RunAsync("describe", "service", "shop/cart");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Service shop/cart\n  Labels:\n    team: shop\n  Spec:\n", run.Output);
        Assert.DoesNotContain("Endpoints", run.Output);
        Assert.Matches(
            @"\n  Accepted:     yes since \S+ \S+Z, it is in force since revision 1\n  ResolvedRefs: yes since \S+ \S+Z, everything that it names exists\n  Programmed:   no \(NoNodes\) since \S+ \S+Z, no node is connected\n$",
            run.Output);
    }

    [Fact]
    public async Task Endpoints_are_asked_of_a_daemon()
    {
        var run = await _controller.RunAsync("get", "endpoints");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: a controller has no endpoints", run.Error);
        Assert.Contains("hint: ask a daemon, on its machine: --socket PATH", run.Error);
    }

    [Fact]
    public async Task A_daemon_and_a_controller_cannot_both_be_asked()
    {
        var run = await _controller.RunAsync("get", "services", "--socket", "/nowhere");

        Assert.Equal(new CtlRun(1, "", "error: --socket names a daemon and --controller a controller\nhint: give one of the two\n"), run);
    }

    [Theory]
    [InlineData("delete policies shop/x", "error: policies are resources of several kinds\nhint: name one: authorizationpolicy, peerauthentication\n")]
    [InlineData("delete node shop/web-1", "error: a node is in no namespace\nhint: name it web-1, without shop\n")]
    [InlineData("edit endpoints shop/cart", "error: endpoints are no resources\nhint: they are what the daemon makes of services and workloads\n")]
    public async Task What_is_no_single_resource_is_refused(string line, string error) =>
        Assert.Equal(new CtlRun(1, "", error), await _controller.RunAsync(line.Split(' ')));

    public sealed class Fixture : IAsyncLifetime
    {
        public RunningController Controller { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Controller = await RunningController.StartAsync();
            await Controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);
        }

        public async Task DisposeAsync() => await Controller.DisposeAsync();
    }
}
