using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Interception;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Each request is judged by itself, whatever connection brings it.</summary>
public sealed class RequestPolicyTests
{
    private static readonly string Denied = RefusalCodes.Name(RefusalCode.DeniedByPolicy);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_request_that_no_policy_allows_is_refused_and_those_around_it_are_served(string version)
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, Ok, Version.Parse(version));
        pair.Apply(Allow("GET", "/public/*"));

        await AssertAsync(pair, HttpMethod.Get, "/public/1", HttpStatusCode.OK);
        await AssertAsync(pair, HttpMethod.Get, "/private", HttpStatusCode.Forbidden);
        await AssertAsync(pair, HttpMethod.Post, "/public/1", HttpStatusCode.Forbidden);
        await AssertAsync(pair, HttpMethod.Get, "/public/../private", HttpStatusCode.Forbidden);
        await AssertAsync(pair, HttpMethod.Get, "/public/2", HttpStatusCode.OK);
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_policy_that_changes_holds_for_the_next_request_on_an_old_connection(string version)
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, Ok, Version.Parse(version));
        await AssertAsync(pair, HttpMethod.Get, "/private", HttpStatusCode.OK);
        pair.Apply(Allow("GET", "/public/*"));
        await Until.TrueAsync(async () => (await pair.Client.GetAsync("/private")).StatusCode == HttpStatusCode.Forbidden, "the policy holds");
        await AssertAsync(pair, HttpMethod.Get, "/private", HttpStatusCode.Forbidden);
        await AssertAsync(pair, HttpMethod.Get, "/public/", HttpStatusCode.OK);
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_response_under_way_is_cut_when_its_request_loses_its_right(string version)
    {
        var cancelled = new TaskCompletionSource();
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, Endless, Version.Parse(version));
        using var response = await pair.Client.GetAsync("/private", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        Assert.Equal(1, await body.ReadAsync(new byte[1]));
        pair.Apply(Allow("GET", "/public/*"));
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await body.ReadAsync(new byte[1000]) > 0)
            {
            }
        }).WaitAsync(Until.Patience);
        await cancelled.Task.WaitAsync(Until.Patience);
        await pair.AssertNothingIsLeftAsync();

        async Task Endless(HttpContext context)
        {
            context.RequestAborted.Register(cancelled.SetResult);
            await context.Response.WriteAsync("x");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
    }

    [Fact]
    public async Task An_application_cannot_say_what_only_daemons_may()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, ShowFields);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("nodemesh-destination", "127.0.0.9:1");
        request.Headers.Add("nodemesh-workload", "shop/other");
        request.Headers.Add("x-nodemesh-anything", "1");
        request.Headers.Add("x-forwarded-client-cert", "URI=spiffe://mesh.example/ns/shop/sa/admin");
        request.Headers.Add("X_Forwarded_Client_Cert", "URI=spiffe://mesh.example/ns/shop/sa/admin");
        request.Headers.Add("Nodemesh_Workload", "shop/other");
        using var response = await pair.Client.SendAsync(request);
        var fields = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("nodemesh", fields, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("admin", fields, StringComparison.Ordinal);
        Assert.Contains("URI=spiffe://mesh.example/ns/shop/sa/cart", fields, StringComparison.Ordinal);
        Assert.Contains("X-Request-Id=", fields, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("traceparent=", fields, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Forwarded-For=127.0.0.1", fields, StringComparison.OrdinalIgnoreCase);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_application_is_told_by_which_certificate_its_caller_is_known()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, ShowFields);
        var authority = pair.Mesh.Authority;
        var svid = authority.Issue(authority.Id("cart"));
        pair.Mesh.Caller.Proxy.Apply(new TlsIdentitySet([svid], new TrustBundleSet([authority.Bundle]), TimeProvider.System));
        var fields = await pair.Client.GetStringAsync("/");
        var hash = Convert.ToHexStringLower(SHA256.HashData(svid.Chain[0].Span));
        Assert.Contains($"By={authority.Id("orders")};Hash={hash};URI={authority.Id("cart")}", fields, StringComparison.Ordinal);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Requests_in_a_tunnel_to_a_port_that_is_declared_as_HTTP_are_judged_one_by_one()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, Ok);
        pair.Apply(Allow("GET", "/public/*"));
        using var peer = await RawPeer.ConnectAsync(pair.Mesh);
        var stream = peer.Request($"127.0.0.2:{pair.Port}");
        await peer.ExchangeUntilAsync(() => peer.Response is not null);
        Assert.Equal("200", peer.Response!.Value.Status);

        const string Requests = "GET /public/1 HTTP/1.1\r\nHost: o\r\n\r\nGET /private HTTP/1.1\r\nHost: o\r\n\r\nGET /public/2 HTTP/1.1\r\nHost: o\r\n\r\n";
        stream.WriteData(Encoding.ASCII.GetBytes(Requests), endStream: false);
        await peer.ExchangeUntilAsync(() => peer.Received.ToString().Split("HTTP/1.1 ").Length == 4 && peer.Received.ToString().EndsWith("ok", StringComparison.Ordinal));
        var statuses = peer.Received.ToString().Split("HTTP/1.1 ")[1..].Select(answer => answer[..3]);
        Assert.Equal(["200", "403", "200"], statuses);
        Assert.Contains($"nodemesh-refused: {Denied}", peer.Received.ToString(), StringComparison.OrdinalIgnoreCase);
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    private static Task Ok(HttpContext context)
    {
        context.Response.ContentLength = 2;
        return context.Response.WriteAsync("ok");
    }

    private static Task ShowFields(HttpContext context) =>
        context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(field => $"{field.Key}={field.Value}")));

    private static async Task AssertAsync(HttpPair pair, HttpMethod method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(method, new Uri("http://orders.shop.mesh" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Version = pair.Client.DefaultRequestVersion;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var response = await pair.Client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        var isRefused = response.Headers.TryGetValues("nodemesh-refused", out var refused);
        Assert.Equal(status == HttpStatusCode.Forbidden, isRefused);
        Assert.Equal(isRefused ? Denied : null, refused?.Single());
    }

    private static AuthorizationPolicy Allow(string method, string path)
    {
        Assert.True(StringPattern.TryParse(method, out var pattern));
        return new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("requests", "shop"),
            Rules = [new AuthorizationRule { To = [new AuthorizationOperation { Methods = [pattern], Paths = [path] }] }],
        };
    }
}
