using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Paths;
using NodeMesh.Http.Tests.Http1;

namespace NodeMesh.Http.Tests.Paths;

/// <summary>One spelling for paths that mean the same.</summary>
public sealed class PathNormalizerTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("/a/b.c?x=/../%zz&y")]
    [InlineData("/a//b/")]
    [InlineData("//")]
    [InlineData("/a.b/c..d/e.")]
    [InlineData("/.well-known/x")]
    [InlineData("/...")]
    [InlineData("/%2F%20%C3%A9")]
    [InlineData("/%252e%252e/")]
    [InlineData("/a;v=1/b\\c")]
    [InlineData("/é")]
    public void A_normal_path_is_unchanged(string path) => Assert.Equal((PathOutcome.Unchanged, path), Normalize(path));

    [Theory]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/a/b/c/./../../g", "/a/g")]
    [InlineData("/mid/content=5/../6", "/mid/6")]
    [InlineData("/.", "/")]
    [InlineData("/..", "/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/./a", "/a")]
    [InlineData("/public/%2e%2e/admin", "/admin")]
    [InlineData("/public/.%2E/admin", "/admin")]
    [InlineData("/public/%2e/x", "/public/x")]
    [InlineData("/%61dmin", "/admin")]
    [InlineData("/%7Euser/%2D%5f", "/~user/-_")]
    [InlineData("/%c3%a9%2f", "/%C3%A9%2F")]
    [InlineData("/a/../b?c=/../d%2e", "/b?c=/../d%2e")]
    [InlineData("/%2e%2e?q", "/?q")]
    [InlineData("/a/%2e%2e%2fb", "/a/..%2Fb")]
    public void Spellings_of_one_path_become_one(string path, string normal)
    {
        Assert.Equal((PathOutcome.Changed, normal), Normalize(path));
        Assert.Equal((PathOutcome.Unchanged, normal), Normalize(normal));
    }

    [Theory]
    [InlineData("", PathOutcome.NotAPath)]
    [InlineData("a", PathOutcome.NotAPath)]
    [InlineData("?", PathOutcome.NotAPath)]
    [InlineData("/%", PathOutcome.InvalidEscape)]
    [InlineData("/%2", PathOutcome.InvalidEscape)]
    [InlineData("/%2?0", PathOutcome.InvalidEscape)]
    [InlineData("/%2/0", PathOutcome.InvalidEscape)]
    [InlineData("/%zz", PathOutcome.InvalidEscape)]
    [InlineData("/%%32%65", PathOutcome.InvalidEscape)]
    [InlineData("/%u002e", PathOutcome.InvalidEscape)]
    [InlineData("/a#f", PathOutcome.Fragment)]
    [InlineData("/a?b#f", PathOutcome.Fragment)]
    [InlineData("/a%00", PathOutcome.EncodedNul)]
    public void A_path_that_cannot_be_trusted_is_refused(string path, PathOutcome outcome) => Assert.Equal(outcome, Normalize(path).Outcome);

    [Theory]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/a//../b", "/b")]
    [InlineData("/a/.//b", "/a/b")]
    [InlineData("/a/..//b", "/b")]
    [InlineData("//", "/")]
    public void Slashes_are_merged_when_asked(string path, string normal) =>
        Assert.Equal((PathOutcome.Changed, normal), Normalize(path, new PathOptions { MergeSlashes = true }));

    [Fact]
    public void What_servers_read_in_two_ways_is_refused_when_asked()
    {
        Assert.Equal(PathOutcome.EncodedSlash, Normalize("/a%2fb", new PathOptions { RejectEncodedSlashes = true }).Outcome);
        Assert.Equal(PathOutcome.Backslash, Normalize("/a%5cb", new PathOptions { RejectBackslashes = true }).Outcome);
        Assert.Equal(PathOutcome.Backslash, Normalize("/a\\b", new PathOptions { RejectBackslashes = true }).Outcome);
        Assert.Equal((PathOutcome.Unchanged, "/a%00"), Normalize("/a%00", new PathOptions { RejectEncodedNul = false }));
    }

    [Fact]
    public void A_request_is_normalised_where_it_stands()
    {
        HeaderList request = Peer.Request("GET", "/a/../b?c", ("x", "y"));
        int size = request.Size;
        Assert.Equal(PathOutcome.Changed, PathNormalizer.Normalize(request, new PathOptions()));
        Assert.Equal(":method: GET; :scheme: http; :authority: a.test; :path: /b?c; x: y", Recorder.Describe(request));
        Assert.Equal(size - 5, request.Size);
        HeaderList longer = Peer.Request("GET", "/" + new string('x', 5000) + "/..");
        Assert.Equal(PathOutcome.Changed, PathNormalizer.Normalize(longer, new PathOptions()));
        Assert.Equal("/", longer.GetString(KnownHeader.Path));
        Assert.Equal(PathOutcome.Unchanged, PathNormalizer.Normalize(new HeaderList(), new PathOptions()));
    }

    [Fact]
    public void Normalising_twice_changes_nothing_more_and_leaves_no_dots()
    {
        string[] pieces = ["/", "/", ".", "..", "%2e", "%2E", "a", "%61", "%2f", "%25", "é", "\\", "b", ";"];
        for (int seed = 0; seed < 50_000; seed++)
        {
            var random = new Random(seed);
            string path = "/" + string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => pieces[random.Next(pieces.Length)]));
            var options = new PathOptions { MergeSlashes = seed % 2 == 0 };
            (PathOutcome outcome, string normal) = Normalize(path, options);
            Assert.InRange(outcome, PathOutcome.Unchanged, PathOutcome.Changed);
            Assert.Equal((PathOutcome.Unchanged, normal), Normalize(normal, options));
            Assert.DoesNotContain(normal.Split('/'), segment => segment is "." or "..");
            Assert.StartsWith("/", normal, StringComparison.Ordinal);
            Assert.False(options.MergeSlashes && normal.Contains("//", StringComparison.Ordinal), path);
        }
    }

    private static (PathOutcome Outcome, string Path) Normalize(string path, PathOptions? options = null)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(path);
        PathOutcome outcome = PathNormalizer.Normalize(bytes, options ?? new PathOptions(), out int length);
        return (outcome, outcome is PathOutcome.Unchanged or PathOutcome.Changed ? Encoding.Latin1.GetString(bytes, 0, length) : path);
    }
}
