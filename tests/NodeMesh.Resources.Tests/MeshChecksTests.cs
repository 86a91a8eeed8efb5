namespace NodeMesh.Resources.Tests;

public sealed class MeshChecksTests
{
    private static readonly string Cart = Workload("cart", "8080", "uid: 1001");

    [Fact]
    public void A_mesh_that_fits_together_has_no_issues()
    {
        var set = Given.Set(
            Given.Mesh,
            Given.Web1,
            Cart,
            Service("cart"),
            Given.Document("AuthorizationPolicy", "{selector: {matchLabels: {app: cart}}}", "{name: cart, namespace: shop}"));

        Assert.Equal(["AuthorizationPolicy", "MeshConfig", "Node", "Service", "Workload"], set.All.AsEnumerable().Select(r => r.Kind));
        Assert.Equal("cart", Assert.Single(set.WorkloadsOf(set.FindService("shop", "cart")!)).Name);
        Assert.Equal("cart", Assert.Single(set.WorkloadsOn("web-1")).Name);
        Assert.True(set.TryGet(new ResourceKey("Workload", "shop", "cart"), out _));
        Assert.Null(set.FindWorkload("default", "cart"));
    }

    [Fact]
    public void Without_a_MeshConfig_there_is_no_mesh() =>
        Given.AssertIssues(["error : : there is no MeshConfig; add one, named mesh"], Given.IssuesOfMesh(Given.Web1));

    [Fact]
    public void A_resource_that_stands_twice_is_refused_and_both_places_are_named() =>
        Given.AssertIssues(
            ["error Node web-1: metadata.name: Node web-1 stands here again; it is first given at x.yaml:6:1"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1, Given.Web1));

    [Fact]
    public void One_wrong_resource_refuses_all()
    {
        var load = Given.Load(Given.Mesh, Given.Web1, Given.Document("Node", "addresses: [nowhere]"));

        Assert.Null(load.Set);
        Assert.Single(load.Errors);
    }

    [Fact]
    public void A_workload_on_an_unknown_node_is_refused() =>
        Given.AssertIssues(
            ["error Workload shop/cart: spec.node: there is no Node web-1; did you mean \"web-2\"? Known are web-2"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1.Replace("web-1", "web-2", StringComparison.Ordinal), Cart));

    [Fact]
    public void Two_workloads_that_select_the_same_processes_are_refused() =>
        Given.AssertIssues(
            ["error Workload shop/pay: spec.selector: Workload shop/cart on node web-1 selects the same processes"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1, Cart, Workload("pay", "8081", "uid: 1001")));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", true)]
    [InlineData("127.0.0.1", "192.0.2.11", false)]
    [InlineData("192.0.2.11", "192.0.2.11", true)]
    public void Two_workloads_of_a_node_cannot_have_the_same_port_at_one_address(string first, string second, bool clash)
    {
        var issues = Given.IssuesOfMesh(
            Given.Mesh,
            Given.Web1,
            Workload("cart", "8080", "uid: 1001", first),
            Workload("pay", "8080", "uid: 1002", second));

        Given.AssertIssues(clash ? ["error Workload shop/pay: spec.ports[0].port: Workload shop/cart on node web-1 has port 8080 at"] : [], issues);
    }

    [Fact]
    public void A_service_that_selects_nothing_is_a_warning() =>
        Given.AssertIssues(
            ["warning Service shop/cart: spec.selector: no workload of namespace shop has the labels app=cart"],
            Given.IssuesOfMesh(Given.Mesh, Service("cart")));

    [Fact]
    public void A_target_port_that_no_workload_has_is_an_error() =>
        Given.AssertIssues(
            ["error Service shop/cart: spec.ports[0].targetPort: none of the selected workloads has the port web; declare it in Workload shop/cart"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1, Cart, Service("cart", target: "web")));

    [Fact]
    public void A_target_port_that_some_workloads_lack_is_a_warning() =>
        Given.AssertIssues(
            ["warning Service shop/cart: spec.ports[0].targetPort: 1 of 2 selected workloads, such as Workload shop/cart-b, have no port 8080"],
            Given.IssuesOfMesh(
                Given.Mesh,
                Given.Web1,
                Cart,
                Given.Document("Workload", "{node: web-1, selector: {uid: 7}}", "{name: cart-b, namespace: shop, labels: {app: cart}}"),
                Service("cart")));

    [Fact]
    public void A_VIP_belongs_to_one_service_and_to_no_node() =>
        Given.AssertIssues(
            [
                "error Service shop/a: spec.vips[0]: 192.0.2.11 is an address of Node web-1",
                "error Service shop/b: spec.vips[0]: 192.0.2.11 is given to Service shop/a already",
                "error Service shop/b: spec.vips[0]: 192.0.2.11 is an address of Node web-1",
            ],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1, External("a", "vips: [192.0.2.11]"), External("b", "vips: [192.0.2.11]")));

    [Fact]
    public void A_node_in_a_VIP_range_is_refused() =>
        Given.AssertIssues(
            ["error Node web-1: spec.addresses[0]: 240.240.3.4 lies in the VIP range 240.240.0.0/16"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1.Replace("192.0.2.11", "240.240.3.4", StringComparison.Ordinal)));

    [Fact]
    public void Two_nodes_with_one_address_are_refused() =>
        Given.AssertIssues(
            ["error Node web-2: spec.addresses[0]: 192.0.2.11 with mesh port 15008 is Node web-1's already"],
            Given.IssuesOfMesh(Given.Mesh, Given.Web1, Given.Web1.Replace("web-1", "web-2", StringComparison.Ordinal)));

    [Fact]
    public void A_full_VIP_range_is_an_error() =>
        Given.AssertIssues(
            ["error Service shop/c: spec: the VIP ranges of the MeshConfig have no free address left"],
            Given.IssuesOfMesh(
                Given.Mesh.Replace("example.org", "example.org, vipRanges: [10.9.9.0/30]", StringComparison.Ordinal), External("a"), External("b"), External("c")));

    [Fact]
    public void A_host_name_leads_to_one_service() =>
        Given.AssertIssues(
            [
                "error Service shop/b: spec.hostnames[0]: x.example.org is a name of Service shop/a already",
                "error Service shop/b: spec.hostnames[1]: a.shop.mesh is a name of Service shop/a already",
                "error ServiceEntry shop/e: spec.hosts[0]: x.example.org is a name of Service shop/a already",
                "error ServiceEntry shop/f: spec.hosts[0]: port 80 of y.example.org is ServiceEntry shop/e's already",
            ],
            Given.IssuesOfMesh(
                Given.Mesh,
                External("a", "hostnames: [x.example.org]"),
                External("b", "hostnames: [x.example.org, a.shop.mesh]"),
                Given.Document("ServiceEntry", "{hosts: [x.example.org, y.example.org], ports: [{port: 80}]}", "{name: e, namespace: shop}"),
                Given.Document("ServiceEntry", "{hosts: [y.example.org], ports: [{port: 80}]}", "{name: f, namespace: shop}")));

    [Fact]
    public void A_policy_that_selects_nothing_is_a_warning() =>
        Given.AssertIssues(
            ["warning AuthorizationPolicy shop/p: spec.selector: no workload of namespace shop has the labels app=crat"],
            Given.IssuesOfMesh(
                Given.Mesh, Given.Web1, Cart, Given.Document("AuthorizationPolicy", "{selector: {matchLabels: {app: crat}}}", "{name: p, namespace: shop}")));

    [Fact]
    public void Two_PeerAuthentications_of_one_scope_are_refused() =>
        Given.AssertIssues(
            [
                "error PeerAuthentication shop/b: spec: PeerAuthentication shop/a already says what holds for the whole namespace",
                "error PeerAuthentication shop/d: spec.selector: Workload shop/cart is selected by PeerAuthentication shop/c already",
            ],
            Given.IssuesOfMesh(
                Given.Mesh,
                Given.Web1,
                Cart,
                Authentication("a", "{mtls: {mode: STRICT}}"),
                Authentication("b", "{mtls: {mode: PERMISSIVE}}"),
                Authentication("c", "{mtls: {mode: STRICT}, selector: {matchLabels: {app: cart}}}"),
                Authentication("d", "{mtls: {mode: DISABLE}, selector: {matchLabels: {app: cart}}}")));

    [Fact]
    public void A_later_error_points_at_the_line_of_its_field()
    {
        var load = Given.Load(Given.Mesh, Given.Web1, Given.Document("Workload", "node: web-9\nselector: {uid: 1}"));

        Assert.StartsWith("x.yaml:15:9: error: Workload default/x: spec.node: there is no Node web-9", Assert.Single(load.Errors).ToString(), StringComparison.Ordinal);
    }

    private static string Workload(string name, string port, string selector, string address = "127.0.0.1") => Given.Document(
        "Workload",
        $"{{node: web-1, selector: {{{selector}}}, ports: [{{name: http, port: {port}, address: {address}}}]}}",
        $"{{name: {name}, namespace: shop, labels: {{app: {name}}}}}");

    private static string Service(string name, string target = "8080") => Given.Document(
        "Service", $"{{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: {target}}}]}}", $"{{name: {name}, namespace: shop}}");

    private static string External(string name, string more = "") => Given.Document(
        "Service", $"{{endpoints: [{{address: 198.51.100.1}}], ports: [{{port: 80}}], {more}}}".Replace(", }", "}", StringComparison.Ordinal), $"{{name: {name}, namespace: shop}}");

    private static string Authentication(string name, string spec) =>
        Given.Document("PeerAuthentication", spec, $"{{name: {name}, namespace: shop}}");
}
