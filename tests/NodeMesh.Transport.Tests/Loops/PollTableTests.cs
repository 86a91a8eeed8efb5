using NodeMesh.Linux.Polling;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Tests.Loops;

public sealed class PollTableTests
{
    [Fact]
    public void A_stale_event_never_reaches_the_next_owner_of_the_slot()
    {
        using var epoll = new Epoll(16);
        using var first = new EventDescriptor();
        using var second = new EventDescriptor();
        var table = new PollTable(epoll);
        var slot = table.Add(first.Descriptor, PollEvents.Readable, new Handler());
        first.Signal();
        Assert.Equal(1, epoll.Wait(0));
        epoll.Get(0, out var stale);

        table.Remove(slot, first.Descriptor);
        var next = new Handler();
        Assert.Equal(slot, table.Add(second.Descriptor, PollEvents.Readable, next));

        Assert.Null(table.Find(stale));
        second.Signal();
        Assert.Equal(1, epoll.Wait(0));
        epoll.Get(0, out var fresh);
        Assert.Same(next, table.Find(fresh));
    }

    [Fact]
    public void An_event_for_a_slot_that_is_free_reaches_nobody()
    {
        using var epoll = new Epoll(16);
        using var descriptor = new EventDescriptor();
        var table = new PollTable(epoll);
        var slot = table.Add(descriptor.Descriptor, PollEvents.Readable, new Handler());
        descriptor.Signal();
        epoll.Wait(0);
        epoll.Get(0, out var token);

        table.Remove(slot, descriptor.Descriptor);

        Assert.Null(table.Find(token));
        Assert.Equal(0, table.Count);
        Assert.Equal(0, epoll.Wait(0));
    }

    [Fact]
    public void A_descriptor_that_cannot_be_added_leaves_no_slot_behind()
    {
        using var epoll = new Epoll(16);
        var table = new PollTable(epoll);

        Assert.ThrowsAny<Exception>(() => table.Add(-1, PollEvents.Readable, new Handler()));

        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Any_number_of_slots_keep_their_own_handlers()
    {
        using var epoll = new Epoll(16);
        var table = new PollTable(epoll);
        var random = new Random(1);
        var open = new Dictionary<int, (EventDescriptor Descriptor, Handler Handler)>();
        for (var step = 0; step < 2000; step++)
        {
            if (open.Count < 300 && random.Next(3) > 0)
            {
                var descriptor = new EventDescriptor();
                var handler = new Handler();
                var slot = table.Add(descriptor.Descriptor, PollEvents.Readable, handler);
                open.Add(slot, (descriptor, handler));
            }
            else if (open.Count > 0)
            {
                var (slot, (descriptor, _)) = open.ElementAt(random.Next(open.Count));
                table.Remove(slot, descriptor.Descriptor);
                descriptor.Dispose();
                open.Remove(slot);
            }

            Assert.Equal(open.Count, table.Count);
        }

        foreach (var (slot, (descriptor, handler)) in open)
        {
            descriptor.Signal();
            Assert.Equal(1, epoll.Wait(0));
            epoll.Get(0, out var token);
            Assert.Same(handler, table.Find(token));
            table.Remove(slot, descriptor.Descriptor);
            descriptor.Dispose();
        }
    }

    private sealed class Handler : IPollHandler
    {
        public void OnReady(PollEvents events)
        {
        }
    }
}
