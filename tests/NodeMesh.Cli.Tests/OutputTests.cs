using System.Text.Json.Nodes;
using NodeMesh.Cli.Commands;
using NodeMesh.Cli.Output;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Tests;

public sealed class OutputTests
{
    [Theory]
    [InlineData(0.0123, "12ms")]
    [InlineData(12.5, "12s")]
    [InlineData(200, "3m20s")]
    [InlineData(3600, "1h")]
    [InlineData(18_600, "5h10m")]
    [InlineData(3_639_600, "42d3h")]
    [InlineData(-90, "-1m30s")]
    [InlineData(double.NaN, "?")]
    [InlineData(1e300, "?")]
    public void Durations_have_at_most_two_units(double seconds, string text) => Assert.Equal(text, Humane.Duration(seconds));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1536, "1.5KiB")]
    [InlineData(long.MaxValue, "8192.0PiB")]
    public void Bytes_have_binary_units(long bytes, string text) => Assert.Equal(text, Humane.Bytes(bytes));

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("24h", 86400)]
    [InlineData("7d", 604800)]
    public void Lifetimes_are_a_number_and_a_unit(string text, int seconds)
    {
        Assert.True(Lifetime.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("0h")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("24")]
    [InlineData("1w")]
    [InlineData("99999999999h")]
    public void Other_lifetimes_are_refused(string text) => Assert.False(Lifetime.TryParse(text, out _));

    /// <summary>Whatever text stands in a value, a YAML reader gets the same text back.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("two words")]
    [InlineData("yes")]
    [InlineData("NULL")]
    [InlineData("0x1f")]
    [InlineData("12:30:45")]
    [InlineData("2026-03-01")]
    [InlineData("- item")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("ends:")]
    [InlineData("*alias")]
    [InlineData("&anchor")]
    [InlineData("{flow}")]
    [InlineData("it's \"quoted\" \\ and é\t")]
    [InlineData("first\nsecond\n")]
    [InlineData("first\n\n  third")]
    [InlineData(" first\nsecond")]
    [InlineData("\n")]
    [InlineData("")]
    public void Yaml_gives_the_same_text_back(string text)
    {
        var resource = new JsonObject
        {
            ["apiVersion"] = "nodemesh.io/v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = "n", ["annotations"] = new JsonObject { ["note"] = text } },
            ["spec"] = new JsonObject { ["addresses"] = new JsonArray("192.0.2.1") },
        };
        var yaml = YamlText.Of(resource);
        var parse = ResourceLoader.Parse([new ResourceFile("y", System.Text.Encoding.UTF8.GetBytes(yaml))]);
        Assert.True(parse.Issues.Count == 0, $"{string.Join('\n', parse.Issues.Select(issue => issue.ToString()))}\n{yaml}");
        Assert.Contains(JsonText.Quote(text), ResourceWriter.ToJson(parse.Resources[0]));
    }

    [Fact]
    public void A_table_is_aligned_whatever_its_colours()
    {
        var table = new Table("A", "LONG");
        table.Add(new Cell("x", Tone.Bad), "y");
        table.Add("longer", default);
        Assert.Equal("A        LONG\n\e[31mx\e[0m        y\nlonger   -\n", table.Render(new Palette(colour: true)));
    }
}
