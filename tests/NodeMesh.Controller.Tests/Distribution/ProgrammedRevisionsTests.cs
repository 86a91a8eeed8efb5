using NodeMesh.Controller.Distribution;

namespace NodeMesh.Controller.Tests.Distribution;

/// <summary>Since when all nodes have a revision, or not all any more.</summary>
public sealed class ProgrammedRevisionsTests
{
    private const int Newest = 40;

    private readonly ManualTime _time = new();

    [Fact]
    public void It_is_as_if_each_revision_were_looked_at_whenever_a_node_says_something()
    {
        var random = new Random(20_261_126);
        var programmed = new ProgrammedRevisions(_time);
        var nodes = new List<long>();
        var looked = new (bool IsProgrammed, DateTimeOffset? Since)[Newest + 1];
        for (var step = 0; step < 20_000; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (nodes.Count == 0 || random.Next(10) == 0)
            {
                var revision = random.Next(3) == 0 ? random.Next(Newest) : 0;
                nodes.Add(revision);
                programmed.Join(revision);
            }
            else if (random.Next(10) == 0)
            {
                var leaving = random.Next(nodes.Count);
                programmed.Leave(nodes[leaving]);
                nodes.RemoveAt(leaving);
            }
            else
            {
                var moving = random.Next(nodes.Count);
                var to = random.Next(nodes.Count > 1 ? 0 : 1, Newest + 1);
                programmed.Move(nodes[moving], to);
                nodes[moving] = to;
            }

            var view = programmed.View();
            Assert.Equal(nodes.Count, view.Nodes);
            for (var revision = 1; revision <= Newest; revision++)
            {
                var isProgrammed = nodes.Count > 0 && nodes.TrueForAll(has => has >= revision);
                if (isProgrammed != looked[revision].IsProgrammed)
                {
                    looked[revision] = (isProgrammed, _time.GetUtcNow());
                }

                Assert.Equal((revision, nodes.Count(has => has >= revision), looked[revision].Since), (revision, view.CountOf(revision), view.Since(revision)));
            }
        }
    }

    [Fact]
    public void What_is_remembered_has_a_bound_and_the_newest_stays_right()
    {
        var programmed = new ProgrammedRevisions(_time);
        programmed.Join(0);
        for (var revision = 1; revision <= 250_000; revision++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            programmed.Move(revision - 1, revision);
        }

        var view = programmed.View();
        Assert.Equal(_time.GetUtcNow(), view.Since(250_000));
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromSeconds(40_000), view.Since(210_000));
        Assert.NotNull(view.Since(1));
    }
}
