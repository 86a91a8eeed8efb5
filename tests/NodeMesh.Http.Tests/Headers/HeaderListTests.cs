using NodeMesh.Http.Headers;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Headers;

public sealed class HeaderListTests
{
    [Fact]
    public void Every_known_name_is_found_by_its_bytes()
    {
        for (int id = 1; id <= KnownHeaders.Count; id++)
        {
            Assert.Equal((KnownHeader)id, KnownHeaders.Find(KnownHeaders.Name((KnownHeader)id)));
        }
        Assert.Equal(KnownHeaders.Count, Enum.GetValues<KnownHeader>().Length - 1);
        Assert.Equal(KnownHeader.None, KnownHeaders.Find("x-unknown"u8));
        Assert.Equal(KnownHeader.None, KnownHeaders.Find("Host"u8));
        Assert.Equal(KnownHeader.None, KnownHeaders.Find(default));
    }

    [Fact]
    public void Fields_keep_their_order_and_are_found_by_number_and_by_name()
    {
        HeaderList list = Endpoint.List((":status", "200"), ("x-a", "1"), ("set-cookie", "a"), ("set-cookie", "b"));
        Assert.Equal(":status: 200; x-a: 1; set-cookie: a; set-cookie: b", RecordingHandler.Describe(list));
        Assert.Equal("200", list.GetString(KnownHeader.Status));
        Assert.Equal("200", list.GetString(":status"u8));
        Assert.Equal("1", list.GetString("x-a"u8));
        Assert.Equal("a", list.GetString(KnownHeader.SetCookie));
        Assert.Null(list.GetString("x-b"u8));
        Assert.Equal(KnownHeader.SetCookie, list.IdAt(3));
        Assert.Equal((7 + 3 + 32) + (3 + 1 + 32) + (2 * (10 + 1 + 32)), list.Size);
    }

    [Fact]
    public void Removing_keeps_the_others_and_the_size()
    {
        HeaderList list = Endpoint.List(("set-cookie", "a"), ("x-a", "1"), ("set-cookie", "b"), ("x-b", "2"));
        Assert.Equal(2, list.Remove(KnownHeader.SetCookie));
        Assert.Equal("x-a: 1; x-b: 2", RecordingHandler.Describe(list));
        Assert.Equal(72, list.Size);
        Assert.Equal(0, list.Remove(KnownHeader.SetCookie));
    }

    [Fact]
    public void A_field_of_the_list_itself_can_be_added_while_it_grows()
    {
        var list = new HeaderList();
        list.Add("x-first"u8, new byte[400]);
        for (int i = 0; i < 20; i++)
        {
            list.Add("x-copy"u8, list.ValueAt(0));
        }
        Assert.All(Enumerable.Range(0, 21), i => Assert.Equal(400, list.ValueAt(i).Length));
    }

    [Fact]
    public void A_list_is_used_again_without_allocating()
    {
        var list = new HeaderList();
        void Fill()
        {
            list.Clear();
            for (int i = 0; i < 30; i++)
            {
                list.Add("x-name"u8, "some value"u8);
                list.Add(KnownHeader.Via, "some value"u8);
            }
        }
        Fill();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fill();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_released_list_starts_again()
    {
        HeaderList list = Endpoint.List(("x-a", "1"));
        list.Release();
        Assert.Equal(0, list.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.IdAt(0));
        list.Add("x-b", "2");
        Assert.Equal("x-b: 2", RecordingHandler.Describe(list));
    }
}
