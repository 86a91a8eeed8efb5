using Google.Protobuf;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Xds.Tests;

/// <summary>Both sides of delta xDS, mouth to ear.</summary>
public sealed class DeltaTests
{
    private ResourceCatalog _catalog = new(TypeUrls.Resource);
    private readonly DeltaState _node = new(TypeUrls.Resource);
    private DeltaSubscription _stream = null!;
    private long _revision;

    [Fact]
    public void A_node_is_told_everything_once_and_then_what_changes()
    {
        Apply(("a", "1"), ("b", "1"));
        Connect();
        Assert.Equal(2, Exchange());
        Apply(("a", "2"));
        Assert.Equal(1, Exchange());
        Apply(("b", null), ("c", "1"));
        Assert.Equal(2, Exchange());
        AssertEqual();
        Assert.Equal(3, _stream.Acknowledged);
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void A_node_that_comes_back_is_told_what_it_missed()
    {
        Apply(("a", "1"), ("b", "1"), ("c", "1"));
        Connect();
        Exchange();
        Apply(("a", "2"), ("b", null));
        Connect();
        Assert.Equal(2, Exchange());
        AssertEqual();
        Connect();
        Assert.Equal(0, Exchange());
    }

    [Fact]
    public void A_node_that_has_what_there_is_says_so_in_one_word_and_hears_nothing_new()
    {
        Apply([.. Enumerable.Range(0, 1_000).Select(number => ($"{number}", (string?)"1"))]);
        Connect();
        Exchange();
        var request = _node.Begin("web-1", byName: false);
        Assert.Equal("*", Assert.Single(request.InitialResourceVersions).Key);
        Connect();
        var response = _stream.Next()!.Decode();
        Assert.Equal((0, "1"), (response.Resources.Count, response.SystemVersionInfo));
        Assert.True(_stream.Receive(DeltaState.Answer(response, null)));
        Assert.Equal(1, _stream.Acknowledged);
    }

    [Fact]
    public void A_digest_of_another_content_under_the_same_names_and_revisions_is_not_taken_for_the_same()
    {
        Apply(("a", "1"));
        Connect();
        Exchange();
        var setBack = new ResourceCatalog(TypeUrls.Resource);
        setBack.Apply(1, [new CatalogChange("a", ByteString.CopyFromUtf8("other"))]);
        Assert.Throws<DeltaOutdatedException>(() => new DeltaSubscription(setBack).Receive(_node.Begin("web-1", byName: false)));
    }

    [Fact]
    public void A_revision_whose_number_is_given_out_a_second_time_reaches_nodes_that_know_the_first()
    {
        Apply(("a", "1"));
        Connect();
        Exchange();
        _catalog = new ResourceCatalog(TypeUrls.Resource);
        _revision = 0;
        Apply(("a", "other"));
        Connect();
        Assert.Equal(1, Exchange());
        AssertEqual();
    }

    [Fact]
    public void A_node_that_is_told_everything_while_it_changes_ends_whole()
    {
        Apply([.. Enumerable.Range(0, 40).Select(number => ($"{number}", (string?)new string('x', 100_000)))]);
        Connect();
        for (var i = 0; _stream.Next()?.Decode() is { } response; i++)
        {
            Apply(i < 10 ? [($"{i}", $"{i}"), ($"{39 - i}", null)] : []);
            var whole = _node.Receive(response);
            Assert.Equal(whole, response.SystemVersionInfo.Length > 0);
            _stream.Receive(DeltaState.Answer(response, null));
        }

        AssertEqual();
    }

    [Fact]
    public void Changes_while_an_answer_is_awaited_go_out_together()
    {
        Apply(("a", "1"));
        Connect();
        var first = _stream.Next()!.Decode();
        for (var i = 0; i < 50; i++)
        {
            Apply(("a", $"{i}"), ("b", $"{i}"));
            Assert.Null(_stream.Next());
        }

        _node.Receive(first);
        _stream.Receive(DeltaState.Answer(first, null));
        Assert.Equal(2, Exchange());
        AssertEqual();
    }

    [Fact]
    public void What_is_large_comes_in_parts_and_is_in_force_when_the_last_has_come()
    {
        Apply([.. Enumerable.Range(0, 40).Select(number => ($"{number}", (string?)new string('x', 100_000)))]);
        Connect();
        var parts = 0;
        var whole = false;
        while (_stream.Next()?.Decode() is { } response)
        {
            Assert.False(whole);
            Assert.InRange(response.CalculateSize(), 1, 256 * 1024);
            whole = _node.Receive(response);
            Assert.Equal(whole ? 40 : 0, _node.Resources.Count);
            Assert.True(_stream.Receive(DeltaState.Answer(response, null)));
            Assert.Equal(whole ? 1 : 0, _stream.Acknowledged);
            parts++;
        }

        Assert.InRange(parts, 20, 21);
        AssertEqual();
    }

    [Fact]
    public void A_refusal_is_known_until_a_revision_is_used()
    {
        Apply(("a", "1"));
        Connect();
        Exchange();
        Apply(("a", "wrong"));
        Exchange("a is wrong");
        Assert.Equal((1, "a is wrong"), (_stream.Acknowledged, _stream.Refusal));
        Assert.Null(_stream.Next());
        Apply(("a", "2"));
        Exchange();
        Assert.Equal((3, (string?)null), (_stream.Acknowledged, _stream.Refusal));
    }

    [Fact]
    public void A_reason_without_end_is_cut()
    {
        Apply(("a", "wrong"));
        Connect();
        Exchange(new string('x', 1023) + "\U0001F600" + new string('y', 1_000_000));
        Assert.Equal(new string('x', 1023) + "...", _stream.Refusal);
    }

    [Fact]
    public void An_answer_to_nothing_that_was_sent_changes_nothing()
    {
        Apply(("a", "1"));
        Connect();
        var response = _stream.Next()!.Decode();
        Assert.False(_stream.Receive(new DeltaDiscoveryRequest { TypeUrl = TypeUrls.Resource, ResponseNonce = "99" }));
        Assert.True(_stream.AwaitsAnswer);
        Assert.True(_stream.Receive(DeltaState.Answer(response, null)));
        Assert.False(_stream.Receive(DeltaState.Answer(response, null)));
    }

    [Fact]
    public void A_node_that_missed_more_removals_than_are_remembered_begins_anew()
    {
        Apply(("stays", "1"), ("goes", "1"));
        Connect();
        Exchange();
        Apply(("goes", null));
        for (var i = 0; i < 10_001; i++)
        {
            Apply(($"{i}", "1"));
            Apply(($"{i}", null));
        }

        Assert.Throws<DeltaOutdatedException>(() => _stream.Next());
        Connect();
        Exchange();
        AssertEqual();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_happens_in_whatever_order_the_node_ends_with_what_the_catalog_has(int seed)
    {
        var random = new Random(seed);
        Connect();
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    Connect();
                    break;
                case 1 when _stream.Next() is { } lost:
                    // Half of what was sent never arrives, and the stream breaks.
                    if (random.Next(2) == 0)
                    {
                        _node.Receive(lost.Decode());
                    }

                    Connect();
                    break;
                case 2:
                    Exchange();
                    AssertEqual();
                    break;
                default:
                    Apply([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => ($"{random.Next(30)}", random.Next(3) == 0 ? null : $"{step}")).DistinctBy(change => change.Item1)]);
                    break;
            }
        }

        Exchange();
        AssertEqual();
    }

    [Fact]
    public void What_a_node_has_survives_being_saved()
    {
        Apply(("a", "1"), ("b", "1"));
        Connect();
        Exchange();
        var restarted = new DeltaState(TypeUrls.Resource);
        Assert.True(restarted.Receive(DeltaDiscoveryResponse.Parser.ParseFrom(_node.Save().ToByteArray())));
        Assert.Equal(_node.Version, restarted.Version);
        Assert.Equal(_node.Begin("web-1", byName: true).InitialResourceVersions, restarted.Begin("web-1", byName: true).InitialResourceVersions);
        Assert.Equal(_node.Begin("web-1", byName: false).InitialResourceVersions, restarted.Begin("web-1", byName: false).InitialResourceVersions);
    }

    private void Apply(params (string Name, string? Value)[] changes) => _catalog.Apply(
        ++_revision, changes.Select(change => new CatalogChange(change.Name, change.Value is null ? null : ByteString.CopyFromUtf8(change.Value))));

    /// <summary>As the node does: by digest, and by name when that is not remembered.</summary>
    private void Connect(bool byName = false)
    {
        _stream = new DeltaSubscription(_catalog);
        try
        {
            Assert.True(_stream.Receive(_node.Begin("web-1", byName)));
        }
        catch (DeltaOutdatedException) when (!byName)
        {
            Connect(byName: true);
        }
    }

    /// <summary>Talks until there is nothing more to say; gives how many resources were named.</summary>
    private int Exchange(string? refusal = null)
    {
        var named = 0;
        while (_stream.Next()?.Decode() is { } response)
        {
            named += response.Resources.Count + response.RemovedResources.Count;
            _node.Receive(response);
            Assert.True(_stream.Receive(DeltaState.Answer(response, refusal)));
        }

        return named;
    }

    private void AssertEqual()
    {
        var fresh = new DeltaState(TypeUrls.Resource);
        var stream = new DeltaSubscription(_catalog);
        stream.Receive(fresh.Begin("web-2", byName: false));
        while (stream.Next()?.Decode() is { } response)
        {
            fresh.Receive(response);
            stream.Receive(DeltaState.Answer(response, null));
        }

        Assert.Equal(
            fresh.Resources.ToDictionary(entry => entry.Key, entry => entry.Value.Resource_.Value.ToStringUtf8(), StringComparer.Ordinal),
            _node.Resources.ToDictionary(entry => entry.Key, entry => entry.Value.Resource_.Value.ToStringUtf8(), StringComparer.Ordinal));
    }
}
