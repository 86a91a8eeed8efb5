using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Tests.Options;

public sealed class CommandLineTests
{
    [Fact]
    public void Flags_win_over_the_file()
    {
        using var directory = new TemporaryDirectory();
        directory.Replace("nodemeshd.yaml", "node: from-file\nresources: /from-file\nlog: {level: error}\n");

        var options = CommandLine.Parse(["--config", directory.File("nodemeshd.yaml"), "--node=from-flag", "--log-level", "debug"]).LoadOptions();

        Assert.Equal(("from-flag", "/from-file", LogLevel.Debug), (options.Node, options.Resources, options.LogLevel));
    }

    [Fact]
    public void A_relative_directory_is_taken_from_where_the_daemon_was_started() =>
        Assert.Equal(Path.GetFullPath("mesh"), CommandLine.Parse(["--resources", "mesh"]).LoadOptions().Resources);

    [Theory]
    [InlineData("--nod", "did you mean \"--node\"?")]
    [InlineData("web-1", "is no flag of nodemeshd")]
    [InlineData("--node", "--node needs a value")]
    [InlineData("--node=", "--node needs a value")]
    [InlineData("--node=Web_1", "is not a DNS name")]
    [InlineData("--log-level=loud", "is not one of trace, debug")]
    [InlineData("--check=yes", "--check takes no value")]
    public void A_wrong_flag_is_refused_with_what_would_be_right(string argument, string expected)
    {
        var error = Assert.Throws<SettingsException>(() => CommandLine.Parse([argument]));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--config")]
    [InlineData("--node")]
    [InlineData("--resources")]
    [InlineData("--identities")]
    [InlineData("--bundles")]
    [InlineData("--log-level")]
    [InlineData("--check")]
    [InlineData("--version")]
    public void The_help_names_every_flag(string flag) => Assert.Contains($"  {flag} ", CommandLine.Help, StringComparison.Ordinal);
}
