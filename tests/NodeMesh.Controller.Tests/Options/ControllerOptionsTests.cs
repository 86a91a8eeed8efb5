using NodeMesh.Controller.Options;
using NodeMesh.Controller.Tests.Serving;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Controller.Tests.Options;

/// <summary>nodemesh-controller.yaml.</summary>
public sealed class ControllerOptionsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void What_is_not_given_has_its_default()
    {
        var options = Load("trustDomain: test.example\n");
        Assert.Equal(15010, Assert.Single(options.Listen.AsEnumerable()).Port);
        Assert.Null(options.Authority);
        Assert.Equal(10_000, options.History);
    }

    [Fact]
    public void An_authority_is_given_whole()
    {
        Assert.Equal(
            new AuthorityPaths("/ca/a.crt", "/ca/a.key", "/ca/roots.crt"),
            Load("trustDomain: test.example\nauthority: {certificate: /ca/a.crt, key: /ca/a.key, roots: /ca/roots.crt}\n").Authority);
        var error = Assert.Throws<SettingsException>(() => Load("trustDomain: test.example\nauthority: {certificate: /ca/a.crt, key: /ca/a.key}\n"));
        Assert.Contains("roots", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData("SHA256:000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")]
    [InlineData("sha256:00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F")]
    public void An_operator_is_named_by_the_fingerprint_of_a_certificate_however_it_was_printed(string text)
    {
        var grant = Assert.Single(Load($"trustDomain: test.example\noperators: [{{certificate: \"{text}\", role: operator}}]\n").Operators.AsEnumerable());
        Assert.Equal(OperatorRole.Operator, grant.Role);
        Assert.Null(grant.Id);
        Assert.Equal("sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", grant.ToString());
    }

    [Theory]
    [InlineData("{certificate: \"sha256:0001\", role: admin}", "operators[0].certificate: \"sha256:0001\": behind \"sha256:\" stand 64 hexadecimal digits")]
    [InlineData("{certificate: \"sha256:00010:2030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\", role: admin}", "stand 64 hexadecimal digits")]
    [InlineData("{certificate: \"sha256:zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\", role: admin}", "stand 64 hexadecimal digits")]
    [InlineData("{certificate: \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\", role: admin}", "expected is the SHA-256 fingerprint of a certificate: \"sha256:\" and 64")]
    [InlineData("{role: admin}", "operators[0]: it is not said who is meant; give id, a SPIFFE ID such as")]
    [InlineData("{id: \"spiffe://test.example/a\", certificate: \"sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\", role: admin}", "operators[0].id: id and certificate are both given")]
    [InlineData("{id: \"spiffe://test.example/a\", role: admin}, {id: \"spiffe://test.example/a\", role: viewer}", "operators[1]: spiffe://test.example/a stands in the list already; give it one role")]
    public void Who_is_not_named_rightly_is_no_operator_and_the_settings_are_refused(string operators, string problem)
    {
        var error = Assert.Throws<SettingsException>(() => Load($"trustDomain: test.example\noperators: [{operators}]\n"));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_has_a_length_within_reason()
    {
        Assert.Equal(100, Load("trustDomain: test.example\nhistory: 100\n").History);
        var error = Assert.Throws<SettingsException>(() => Load("trustDomain: test.example\nhistory: 99\n"));
        Assert.Contains("a count of revisions, a whole number from 100 to 10000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_may_listen_on_the_unix_socket_alone()
    {
        Assert.Empty(Load("trustDomain: test.example\nlisten: []\n").Listen.AsEnumerable());
        await using var server = await RunningServer.StartAsync(options => options with { Listen = [] });
        Assert.Equal("test.example", (await server.GetAsync("v1/status")).GetProperty("trustDomain").GetString());
    }

    private ControllerOptions Load(string text)
    {
        File.WriteAllText(_file, text);
        return ControllerOptionsSchema.Load(_file);
    }
}
