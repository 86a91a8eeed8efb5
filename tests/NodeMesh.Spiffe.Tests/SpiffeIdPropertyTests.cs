using System.Text.RegularExpressions;

namespace NodeMesh.Spiffe.Tests;

/// <summary>The parser against an independent statement of the rules, over texts made of the characters that matter.</summary>
public sealed partial class SpiffeIdPropertyTests
{
    private const string Alphabet = "aZ09._-/:@?#% \0é";

    [Fact]
    public void The_parser_accepts_exactly_what_the_grammar_says()
    {
        var random = new Random(20240501);
        var accepted = 0;
        for (var i = 0; i < 200_000; i++)
        {
            // Few forbidden characters, so that both outcomes are common.
            var length = random.Next(0, 14);
            var tail = string.Create(length, random, static (span, random) =>
            {
                foreach (ref var c in span)
                {
                    c = Alphabet[random.Next(random.Next(10) == 0 ? Alphabet.Length : 8)];
                }
            });
            var text = "spiffe://" + tail;
            var expected = Grammar().IsMatch(text) && !DotSegment().IsMatch(tail);

            var actual = SpiffeId.TryParse(text, out var id, out var error);

            Assert.True(expected == actual, $"{text}: {error}");
            if (actual)
            {
                accepted++;
                Assert.Equal(id, SpiffeId.Parse(id!.ToString()));
                Assert.Equal(id, SpiffeId.FromPath(id.TrustDomain, id.Path));
            }
        }

        Assert.InRange(accepted, 10_000, 190_000);
    }

    [GeneratedRegex(@"\Aspiffe://[a-zA-Z0-9._-]+(/[a-zA-Z0-9._-]+)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grammar();

    [GeneratedRegex(@"/\.{1,2}(/|\z)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DotSegment();
}
