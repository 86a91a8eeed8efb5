using System.Text.Json.Nodes;
using NodeMesh.Cli.Commands;

namespace NodeMesh.Cli.Tests;

public sealed class ExplainTests : IAsyncLifetime
{
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_refusal_exits_3_and_names_the_rule()
    {
        var answer = _server["GET /v1/explain"];
        answer["refusal"]!["meaning"] = "a policy of the destination denies it";
        answer["refusal"]!["remedy"] = "change shop/no-web, or call as another workload";
        answer["steps"] = new JsonArray("240.240.0.1:80 is a virtual address of shop/cart", "shop/cart has 1 endpoint");
        answer["endpoints"]![0]!.AsObject().Remove("policy");
        _server["GET /v1/explain"] = answer;

        var run = await _server.RunAsync("explain", "shop/web", "cart.shop.mesh:80");

        Assert.Equal(3, run.ExitCode);
        Assert.Equal(
            """
            REFUSED: denied-by-policy (UAEX in the access log): a policy of the destination denies it

            From:          shop/web, spiffe://example.org/ns/shop/sa/web, on this node
            To:            cart.shop.mesh (240.240.0.1), port 80
            Service:       shop/cart
            Protocol:      http
            Must prove:    spiffe://example.org/ns/shop/sa/cart
            Configuration: revision 3

            Steps:
              1. 240.240.0.1:80 is a virtual address of shop/cart
              2. shop/cart has 1 endpoint

            Endpoints:
              KIND   ADDRESS           DIALS              NODE    WORKLOAD      HEALTH    MTLS     SPIFFE-ID
              mesh   192.0.2.10:8080   192.0.2.10:15008   web-2   shop/cart-2   healthy   STRICT   spiffe://example.org/ns/shop/sa/cart

            Policy: denied: rule 0 of shop/no-web denies it
              DENY shop/no-web: matches
                rule 0: matches
              If the dry-run policies were in force, it would be allowed.

            What to do: change shop/no-web, or call as another workload

            """,
            run.Output);
        Assert.Equal("GET /v1/explain?source=shop%2Fweb&destination=cart.shop.mesh&port=80", _server.Requests.Last());
    }

    [Fact]
    public async Task A_request_is_asked_about_with_all_that_is_given_of_it()
    {
        await _server.RunAsync(
            "explain", "shop/web", "shop/cart:80", "--method", "PUT", "--path", "/a?b=c d", "--host", "cart:80", "--header", "x-a: 1", "--header", "x-b: 2");

        Assert.Equal(
            "GET /v1/explain?source=shop%2Fweb&destination=shop%2Fcart&port=80&method=PUT&path=%2Fa%3Fb%3Dc%20d&host=cart%3A80&header=x-a%3A%201&header=x-b%3A%202",
            _server.Requests.Last());
    }

    [Theory]
    [InlineData("mesh", 0, "ALLOWED: to another node of the mesh, with mutual TLS\n")]
    [InlineData("local", 0, "ALLOWED: to a workload of this node")]
    [InlineData("plaintext", 0, "ALLOWED: out of the mesh, as it is, without mutual TLS\n")]
    [InlineData("refused", 3, "REFUSED: ")]
    [InlineData("varies", 3, "DEPENDS: on the endpoint that is chosen; some refuse it: ")]
    public async Task The_outcome_is_the_first_line_and_the_exit_code(string outcome, int exitCode, string line)
    {
        var answer = _server["GET /v1/explain"];
        answer["outcome"] = outcome;
        _server["GET /v1/explain"] = answer;
        var run = await _server.RunAsync("explain", "shop/web", "cart.shop.mesh:80");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith(line, run.Output);
        Assert.Equal(exitCode, (await _server.RunAsync("explain", "shop/web", "cart.shop.mesh:80", "-o", "json")).ExitCode);
    }

    [Fact]
    public async Task A_source_that_nobody_knows_exits_1()
    {
        _server.Set("GET /v1/explain", new JsonObject { ["detail"] = "there is no workload shop/wen; did you mean shop/web?" }, 404);
        var run = await _server.RunAsync("explain", "shop/wen", "cart.shop.mesh:80");
        Assert.Equal(new CtlRun(1, "", "error: there is no workload shop/wen; did you mean shop/web?\n"), run);
    }

    [Fact]
    public async Task An_outcome_of_a_newer_daemon_is_not_taken_for_success()
    {
        var answer = _server["GET /v1/explain"];
        answer["outcome"] = "mirrored";
        _server["GET /v1/explain"] = answer;
        Assert.Equal(1, (await _server.RunAsync("explain", "shop/web", "cart.shop.mesh:80")).ExitCode);
    }

    [Theory]
    [InlineData("cart.shop.mesh:80", "cart.shop.mesh", 80)]
    [InlineData("shop/cart:65535", "shop/cart", 65535)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("[fd00::1]:443", "fd00::1", 443)]
    public void A_destination_is_split_at_its_port(string text, string destination, int port) =>
        Assert.Equal((destination, port), ExplainCommand.Split(text));

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("cart")]
    [InlineData("cart:")]
    [InlineData("cart:0")]
    [InlineData("cart:+8")]
    [InlineData("cart:65536")]
    [InlineData("[]:80")]
    [InlineData("fd00::1:80")]
    public void What_is_no_destination_is_not_guessed_at(string text) => Assert.Null(ExplainCommand.Split(text));
}
