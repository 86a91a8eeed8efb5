using System.Text.Json.Nodes;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Tests;

public sealed class GetTests : IAsyncLifetime
{
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public Task Services_show_how_many_endpoints_can_be_used() => PrintsAsync(
        "get services",
        """
        NAMESPACE   NAME   VIP           PORTS          ENDPOINTS   CONNECTIONS
        shop        cart   240.240.0.1   http:80/http   1/2         5

        """);

    [Fact]
    public Task Wide_services_show_every_name_and_address() => PrintsAsync(
        "get svc -o wide",
        """
        NAMESPACE   NAME   VIP           PORTS          ENDPOINTS   CONNECTIONS   VIPS                      HOSTS
        shop        cart   240.240.0.1   http:80/http   1/2         5             240.240.0.1,fd00:240::1   cart.shop.mesh,cart.example.org

        """);

    [Fact]
    public Task Workloads_of_other_nodes_stand_without_certificate() => PrintsAsync(
        "get wl",
        """
        NAMESPACE   NAME     NODE    SERVICE-ACCOUNT   PORTS       MTLS     CERTIFICATE
        shop        cart-1   web-1   cart              http:8080   STRICT   valid (12h left)
        shop        cart-2   web-2   cart              http:8080   -        -

        """);

    [Fact]
    public async Task Labels_choose_also_what_the_daemon_sees()
    {
        Assert.Equal(new CtlRun(0, "", "There are no services here.\n"), await _server.RunAsync("get", "services", "-l", "no=such"));
        Assert.Equal(await _server.RunAsync("get", "workloads"), await _server.RunAsync("get", "workloads", "--selector", "app=cart"));
    }

    [Fact]
    public Task Endpoints_can_be_those_of_one_service() => PrintsAsync(
        "get endpoints shop/cart",
        """
        SERVICE     PORT   KIND   ADDRESS           NODE    WORKLOAD      HEALTH    CONNECTIONS
        shop/cart   80     mesh   192.0.2.10:8080   web-2   shop/cart-2   healthy   5

        """);

    [Fact]
    public Task Nodes_show_their_workloads() => PrintsAsync(
        "get nodes",
        """
        NAME    ADDRESSES               MESH-PORT   WORKLOADS
        web-1   192.0.2.1,2001:db8::1   15008       1

        """);

    [Fact]
    public Task Policies_are_of_both_kinds_and_a_dry_run_is_marked() => PrintsAsync(
        "get pol -o wide",
        """
        KIND                  NAMESPACE   NAME     EFFECT           APPLIES-TO   RULES   PORTS
        AuthorizationPolicy   shop        no-web   DENY (dry run)   app=cart     1       -
        PeerAuthentication    shop        strict   STRICT           app=cart     -       8080=PERMISSIVE

        """);

    [Theory]
    [InlineData("services")]
    [InlineData("service")]
    [InlineData("svc")]
    [InlineData("SERVICE")]
    public async Task A_kind_has_several_names(string kind) => Assert.Equal(0, (await _server.RunAsync("get", kind)).ExitCode);

    [Fact]
    public async Task Yaml_is_as_it_could_stand_in_a_file()
    {
        var run = await _server.RunAsync("get", "all", "-n", "shop", "-o", "yaml");
        var parse = ResourceLoader.Parse([new ResourceFile("got.yaml", System.Text.Encoding.UTF8.GetBytes(run.Output))]);
        Assert.Empty(parse.Issues);
        Assert.Equal(
            ["AuthorizationPolicy shop/no-web", "PeerAuthentication shop/strict", "Service shop/cart", "Workload shop/cart-1", "Workload shop/cart-2"],
            parse.Resources.Select(resource => resource.Key.ToString()));
    }

    [Fact]
    public async Task Json_of_a_name_is_that_resource_and_of_none_a_list()
    {
        var one = JsonNode.Parse((await _server.RunAsync("get", "service", "shop/cart", "-o", "json")).Output)!;
        Assert.Equal("cart", (string?)one["metadata"]!["name"]);
        var list = JsonNode.Parse((await _server.RunAsync("get", "workloads", "-o", "json")).Output)!;
        Assert.Equal(3, (int?)list["revision"]);
        Assert.Equal(2, list["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_name_that_is_not_there_exits_1_and_says_where_to_look()
    {
        var run = await _server.RunAsync("get", "service", "shop/basket");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: there is no service shop/basket in the configuration in force (revision 3)\nhint: nodemeshctl get services lists those there are\n", run.Error);
    }

    [Fact]
    public async Task Nothing_to_list_is_no_error()
    {
        var run = await _server.RunAsync("get", "serviceentries");
        Assert.Equal(new CtlRun(0, "", "There are no serviceentries here.\n"), run);
    }

    [Fact]
    public async Task Two_namespaces_contradict_each_other()
    {
        var run = await _server.RunAsync("get", "service", "shop/cart", "-n", "test");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("shop/cart is in namespace shop, but --namespace says test", run.Error);
    }

    [Fact]
    public async Task Describe_shows_a_service_with_its_endpoints()
    {
        var run = await _server.RunAsync("describe", "service", "cart");
        Assert.StartsWith("Service shop/cart\n  Spec:\n    selector:\n      app: cart\n", run.Output);
        Assert.Contains("  Names:      cart.shop.mesh, cart.example.org\n", run.Output);
        Assert.Contains("    shop/cart   80     mesh   192.0.2.10:8080", run.Output);
    }

    [Fact]
    public async Task Describe_shows_a_workload_with_its_certificate()
    {
        var here = await _server.RunAsync("describe", "workload", "shop/cart-1");
        Assert.Contains("  Identity:             spiffe://example.org/ns/shop/sa/cart\n  Certificate:          valid (12h left)\n", here.Output);
        var elsewhere = await _server.RunAsync("describe", "workload", "shop/cart-2");
        Assert.Contains("It runs on another node", elsewhere.Output);
    }

    [Fact]
    public async Task Describe_gives_scripts_resource_status_and_endpoints()
    {
        var node = JsonNode.Parse((await _server.RunAsync("describe", "service", "shop/cart", "-o", "json")).Output)!;
        Assert.Equal("Service", (string?)node["resource"]!["kind"]);
        Assert.Equal("240.240.0.1", (string?)node["status"]!["vips"]![0]);
        Assert.Equal("mesh", (string?)node["endpoints"]![0]!["kind"]);
    }

    [Fact]
    public async Task Text_of_the_mesh_cannot_steer_the_terminal()
    {
        _server["GET /v1/endpoints"] = new JsonObject { ["items"] = new JsonArray(new JsonObject { ["service"] = "shop/\e[31mcart", ["kind"] = "mesh" }) };
        var run = await _server.RunAsync("get", "endpoints");
        Assert.DoesNotContain('\e', run.Output);
    }

    private async Task PrintsAsync(string line, string expected) => Assert.Equal(new CtlRun(0, expected, ""), await _server.RunAsync(line.Split(' ')));
}
