using System.Net;
using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

public sealed class ForwardingHeadersTests
{
    private static readonly IpEndpoint Client = IpEndpoint.From(IPAddress.Parse("2001:db8::7"), 40000);

    [Fact]
    public void What_only_the_mesh_may_say_is_removed_from_what_comes_from_outside()
    {
        var headers = Fields.Of(
            (":method", "GET"),
            ("x-forwarded-client-cert", "By=x"),
            ("x-nodemesh-source", "a"),
            ("nodemesh-target", "shop/orders:80"),
            ("nodemesh-refused", "none"),
            ("x-nodemesh", "kept"),
            ("x-forwarded-client-cert", "By=y"),
            ("x-forwarded-for", "192.0.2.1"));
        HeaderSanitizer.RemoveReserved(headers);

        Assert.Equal(3, headers.Count);
        Assert.Equal(["GET"], headers.All(":method"));
        Assert.Equal(["kept"], headers.All("x-nodemesh"));
        Assert.Equal(["192.0.2.1"], headers.All("x-forwarded-for"));
    }

    [Theory]
    [InlineData("x_forwarded_client_cert")]
    [InlineData("x-forwarded_client-cert")]
    [InlineData("x_forwarded_for")]
    [InlineData("x_forwarded_proto")]
    [InlineData("x_request_id")]
    [InlineData("nodemesh_destination")]
    [InlineData("x_nodemesh_source")]
    [InlineData("nodemesh_a_name_that_is_longer_than_everything_that_anybody_would_compare_it_with")]
    public void What_CGI_takes_for_a_field_of_the_mesh_is_removed_too(string name)
    {
        var headers = Fields.Of((":method", "GET"), (name, "a"), ("x_own", "b"), ("x_forwarded", "c"));
        HeaderSanitizer.RemoveReserved(headers);
        Assert.Empty(headers.All(name));
        Assert.Equal(3, headers.Count);
    }

    [Fact]
    public void The_client_certificate_header_is_set_afresh()
    {
        var headers = Fields.Of(("x-forwarded-client-cert", "URI=spiffe://evil"), ("x-forwarded-client-cert", "Hash=00"));
        ForwardedClientCert.Set(headers, "spiffe://m/ns/a/sa/b"u8, "0011"u8, "spiffe://m/ns/a/sa/c"u8);
        Assert.Equal(["By=spiffe://m/ns/a/sa/b;Hash=0011;URI=spiffe://m/ns/a/sa/c"], headers.All("x-forwarded-client-cert"));

        ForwardedClientCert.Set(headers, "spiffe://m/ns/a/sa/b"u8, default, "spiffe://m/ns/a/sa/c"u8);
        Assert.Equal(["By=spiffe://m/ns/a/sa/b;URI=spiffe://m/ns/a/sa/c"], headers.All("x-forwarded-client-cert"));
    }

    [Fact]
    public void Identities_of_any_length_fit_into_the_client_certificate_header()
    {
        var headers = Fields.Of();
        var name = new byte[2048];
        name.AsSpan().Fill((byte)'a');
        ForwardedClientCert.Set(headers, name, "0011"u8, name);

        Assert.Equal("By=;Hash=0011;URI=".Length + 4096, Assert.Single(headers.All("x-forwarded-client-cert")).Length);
    }

    [Fact]
    public void The_senders_address_is_appended_to_those_before_and_read_back()
    {
        var headers = Fields.Of(("x-forwarded-for", "192.0.2.1, 192.0.2.2"), ("a", "b"), ("x-forwarded-for", "192.0.2.3"));
        ForwardedFor.Append(headers, Client);

        Assert.Equal(["192.0.2.1, 192.0.2.2, 192.0.2.3, 2001:db8::7"], headers.All("x-forwarded-for"));
        Assert.True(ForwardedFor.TryReadLast(headers, out var last));
        Assert.Equal(Client.WithPort(0), last);
    }

    [Fact]
    public void A_list_of_addresses_without_end_is_appended_to_whole()
    {
        var headers = Fields.Of(("x-forwarded-for", string.Join(", ", Enumerable.Repeat("192.0.2.1", 2000))));
        ForwardedFor.Append(headers, Client);

        Assert.Equal(2001, Assert.Single(headers.All("x-forwarded-for")).Split(", ").Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("192.0.2.1,")]
    [InlineData("192.0.2.1, unknown")]
    public void A_last_entry_that_is_no_address_is_none(string value) =>
        Assert.False(ForwardedFor.TryReadLast(Fields.Of(("x-forwarded-for", value)), out _));

    [Fact]
    public void The_scheme_is_kept_from_inside_only()
    {
        var headers = Fields.Of(("x-forwarded-proto", "https"));
        ForwardedProto.Set(headers, "http"u8, keep: true);
        Assert.Equal(["https"], headers.All("x-forwarded-proto"));
        ForwardedProto.Set(headers, "http"u8, keep: false);
        Assert.Equal(["http"], headers.All("x-forwarded-proto"));
    }

    [Fact]
    public void A_request_id_is_kept_from_inside_and_made_otherwise()
    {
        var headers = Fields.Of(("x-request-id", "mine"));
        RequestId.Ensure(headers, keep: true, new Random(1));
        Assert.Equal(["mine"], headers.All("x-request-id"));

        headers.Add("x-request-id", "another");
        headers.Add("a", "b");
        RequestId.Ensure(headers, keep: true, new Random(1));
        Assert.Equal(["mine"], headers.All("x-request-id"));
        Assert.Equal(["b"], headers.All("a"));

        RequestId.Ensure(headers, keep: false, new Random(1));
        var made = Assert.Single(headers.All("x-request-id"));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", made);
        var other = Fields.Of(("x-request-id", ""));
        RequestId.Ensure(other, keep: true, new Random(2));
        Assert.NotEqual(made, Assert.Single(other.All("x-request-id")));
    }

    [Fact]
    public void Why_a_daemon_answered_itself_is_told_and_understood()
    {
        var headers = Fields.Of(("nodemesh-refused", "x"));
        RefusedHeader.Set(headers, RefusalCode.NoHealthyEndpoint);

        Assert.Equal(["no-healthy-endpoint"], headers.All("nodemesh-refused"));
        Assert.True(RefusedHeader.TryRead(headers, out var code));
        Assert.Equal(RefusalCode.NoHealthyEndpoint, code);
        Assert.False(RefusedHeader.TryRead(Fields.Of(("nodemesh-refused", "from-the-future")), out _));
        Assert.False(RefusedHeader.TryRead(Fields.Of(("nodemesh-refused", "none")), out _));
        Assert.False(RefusedHeader.TryRead(Fields.Of(), out _));
    }

    [Fact]
    public void All_that_is_done_to_a_request_allocates_nothing()
    {
        var headers = new HeaderList();
        var random = new Random(1);
        for (var i = 0; i < 3; i++)
        {
            Forward();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Forward();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Forward()
        {
            headers.Clear();
            headers.Add("x-nodemesh-source"u8, "x"u8);
            headers.Add(KnownHeader.XForwardedFor, "192.0.2.1"u8);
            headers.Add(KnownHeader.GrpcTimeout, "1S"u8);
            HeaderSanitizer.RemoveReserved(headers);
            ForwardedClientCert.Set(headers, "spiffe://m/ns/a/sa/b"u8, "00"u8, "spiffe://m/ns/a/sa/c"u8);
            ForwardedFor.Append(headers, Client);
            Assert.True(ForwardedFor.TryReadLast(headers, out _));
            ForwardedProto.Set(headers, "http"u8, keep: true);
            RequestId.Ensure(headers, keep: true, random);
            TraceContext.Advance(headers, random);
            Assert.True(GrpcTimeout.TryRead(headers, out var timeout));
            GrpcTimeout.Set(headers, timeout);
            RefusedHeader.Set(headers, RefusalCode.Overload);
            Assert.True(RefusedHeader.TryRead(headers, out _));
        }
    }
}
