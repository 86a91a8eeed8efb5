using System.Diagnostics;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Tests;

public sealed class UnifiedDiffTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Equal_texts_have_no_diff() => Assert.Equal("", UnifiedDiff.Of("a\nb\n", "a\nb\n", "x", Palette.None));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Patch_makes_the_one_of_the_other(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var before = Lines(random, random.Next(60));
            var after = before.Select(line => random.Next(8) == 0 ? $"l{random.Next(6)}" : line).Where(_ => random.Next(9) > 0).Concat(Lines(random, random.Next(3))).ToArray();
            var (from, to) = (Text(before), Text(after));
            var diff = UnifiedDiff.Of(from, to, "text", Palette.None);
            if (from == to)
            {
                Assert.Equal("", diff);
                continue;
            }

            // patch takes the file away when nothing is left of it.
            var file = _directory.Write("text", from);
            Patch(file, _directory.Write("diff", diff));
            Assert.Equal(to, File.Exists(file) ? File.ReadAllText(file) : "");
        }
    }

    [Fact]
    public void Texts_without_a_line_in_common_are_replaced_whole()
    {
        var diff = UnifiedDiff.Of(Text(Enumerable.Range(0, 3000).Select(i => $"a{i}")), Text(Enumerable.Range(0, 3000).Select(i => $"b{i}")), "text", Palette.None);

        Assert.StartsWith("--- text\n+++ text\n@@ -1,3000 +1,3000 @@\n-a0\n", diff);
        Assert.EndsWith("+b2999\n", diff);
    }

    [Fact]
    public void Control_characters_do_not_reach_the_terminal() =>
        Assert.Contains("+\uFFFD[31m\n", UnifiedDiff.Of("a\n", "\e[31m\n", "x", Palette.None));

    private static string[] Lines(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => $"l{random.Next(6)}")];

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static void Patch(string file, string diff)
    {
        using var process = Process.Start(new ProcessStartInfo("patch", ["--silent", "--force", "--fuzz=0", file, diff]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + File.ReadAllText(diff));
    }
}
