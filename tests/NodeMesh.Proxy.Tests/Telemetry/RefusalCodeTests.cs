using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class RefusalCodeTests
{
    [Fact]
    public void Every_code_has_its_own_kebab_case_name_and_says_what_happened_and_what_to_do()
    {
        Assert.Equal(Enum.GetValues<RefusalCode>(), RefusalCodes.All.Select(d => d.Code));
        Assert.Equal(RefusalCodes.All.Count, RefusalCodes.All.Select(d => d.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(RefusalCodes.All, d => Assert.Matches("^[a-z]+(-[a-z]+)*$", d.Name));
        Assert.All(RefusalCodes.All, d => Assert.True(d.Meaning.Length > 10 && d.Remedy.Length > 10, d.Name));
    }

    [Theory]
    [InlineData(RefusalCode.DeniedByPolicy, 403, 7)]
    [InlineData(RefusalCode.NoRoute, 404, 12)]
    [InlineData(RefusalCode.NoHealthyEndpoint, 503, 14)]
    [InlineData(RefusalCode.ConnectFailed, 503, 14)]
    [InlineData(RefusalCode.Overload, 503, 14)]
    [InlineData(RefusalCode.Timeout, 504, 4)]
    [InlineData(RefusalCode.UpstreamProtocolError, 502, 14)]
    [InlineData(RefusalCode.HeadersTooLarge, 431, 8)]
    public void A_refused_request_is_answered_with_the_status_that_clients_know(RefusalCode code, int http, int grpc)
    {
        Assert.Equal(http, RefusalCodes.HttpStatus(code));
        Assert.Equal(grpc, RefusalCodes.GrpcStatus(code));
    }

    [Fact]
    public void Every_refusal_has_a_status_of_HTTP_and_one_of_gRPC()
    {
        Assert.All(RefusalCodes.All.Skip(1), d => Assert.InRange(d.HttpStatus, 400, 599));
        Assert.All(RefusalCodes.All.Skip(1), d => Assert.InRange(d.GrpcStatus, 1, 16));
    }

    [Fact]
    public void A_name_leads_back_to_its_code()
    {
        Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.Equal(code, RefusalCodes.Parse(RefusalCodes.Name(code))));
        Assert.Null(RefusalCodes.Parse("no-such-code"));
    }
}
