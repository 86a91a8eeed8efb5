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
