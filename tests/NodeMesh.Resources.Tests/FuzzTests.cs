using System.Diagnostics;
using System.Text;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Resources.Tests;

/// <summary>Whatever the bytes: no exception, no hang, bounded issues, and what is read can be written and read again.</summary>
public sealed class FuzzTests
{
    // Pieces that mean something to YAML or to a schema.
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ":", ": ", ",", "- ", "? ", "&a", "*a", "!!int", "|", ">-", "'", "\"", "#", "\n", "\n  ", "\t", "---\n", "...\n", "%YAML 1.1\n",
        "null", "~", "true", "-1", "99999999999999999999", "0x10", "1e999", ".nan", "\\ud800", "\0", "\u0085", "\ufeff", "<<: ", "spec", "rules: ", "{}", "[]",
    ];

    [Fact]
    public void Random_bytes_are_refused_without_an_exception()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            AssertHarmless(bytes);
        }
    }

    [Fact]
    public void Random_tokens_are_refused_without_an_exception()
    {
        var random = new Random(2);
        for (var i = 0; i < 5000; i++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(1, 60); length > 0; length--)
            {
                text.Append(Tokens[random.Next(Tokens.Length)]);
            }

            AssertHarmless(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    [Fact]
    public void Mutated_resources_are_read_or_refused_without_an_exception()
    {
        var random = new Random(3);
        var documents = Samples.Text.Split("---\n");
        for (var i = 0; i < 5000; i++)
        {
            var text = new StringBuilder(documents[random.Next(documents.Length)]);
            for (var mutations = random.Next(1, 6); mutations > 0 && text.Length > 0; mutations--)
            {
                Mutate(text, random);
            }

            AssertHarmless(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    [Fact]
    public void Every_prefix_of_a_file_is_read_or_refused_without_an_exception()
    {
        for (var length = 0; length < Samples.Text.Length; length += 3)
        {
            AssertHarmless(Encoding.UTF8.GetBytes(Samples.Text[..length]));
        }
    }

    private static void Mutate(StringBuilder text, Random random)
    {
        var at = random.Next(text.Length);
        switch (random.Next(5))
        {
            case 0:
                text.Insert(at, Tokens[random.Next(Tokens.Length)]);
                break;
            case 1:
                text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                break;
            case 2:
                text[at] = (char)random.Next(0x20, 0x7f);
                break;
            case 3:
                var length = Math.Min(random.Next(1, 60), text.Length - at);
                text.Insert(random.Next(text.Length), text.ToString(at, length));
                break;
            default:
                text[at] = (char)random.Next(0, 0xd7ff);
                break;
        }
    }

    private static void AssertHarmless(byte[] bytes)
    {
        var started = Stopwatch.GetTimestamp();
        var parse = ResourceLoader.Parse([new ResourceFile("f.yaml", bytes)]);
        ResourceLoader.Load([new ResourceFile("f.yaml", bytes)]);

        Assert.True(parse.Issues.Count <= 201);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), Encoding.UTF8.GetString(bytes));
        var again = Given.Parse(ResourceWriter.ToYaml(parse.Resources));
        Assert.True(again.Issues.IsEmpty, string.Join('\n', again.Issues.AsEnumerable()) + "\n" + ResourceWriter.ToYaml(parse.Resources));
        Assert.Equal(parse.Resources, again.Resources);
    }
}
