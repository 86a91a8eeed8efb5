using System.Diagnostics;
using NodeMesh.Linux.Polling;

namespace NodeMesh.Transport.Loops;

/// <summary>
/// Which handler an epoll entry belongs to. A slot's generation grows when it is freed, so that an event that was already fetched for a
/// closed descriptor never reaches the next owner of the slot. Owned by one loop.
/// </summary>
internal sealed class PollTable(Epoll epoll)
{
    private readonly Stack<int> _free = new();
    private IPollHandler?[] _handlers = new IPollHandler?[64];
    private uint[] _generations = new uint[64];
    private int _used;

    public int Count => _used - _free.Count;

    public int Add(int fd, PollEvents events, IPollHandler handler)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _used++;
            if (slot == _handlers.Length)
            {
                Array.Resize(ref _handlers, slot * 2);
                Array.Resize(ref _generations, slot * 2);
            }
        }

        _handlers[slot] = handler;
        try
        {
            epoll.Add(fd, events, Token(slot));
        }
        catch
        {
            Free(slot);
            throw;
        }

        return slot;
    }

    public void Replace(int slot, IPollHandler handler) => _handlers[slot] = handler;

    public void Modify(int slot, int fd, PollEvents events) => epoll.Modify(fd, events, Token(slot));

    public void Remove(int slot, int fd)
    {
        Debug.Assert(_handlers[slot] is not null, "a descriptor was removed twice");
        Free(slot);
        epoll.Remove(fd);
    }

    /// <summary>The handler an event is for, or null when its descriptor was closed earlier in the same turn.</summary>
    public IPollHandler? Find(ulong token)
    {
        var slot = (int)(uint)token;
        return _generations[slot] == (uint)(token >> 32) ? _handlers[slot] : null;
    }

    private ulong Token(int slot) => ((ulong)_generations[slot] << 32) | (uint)slot;

    private void Free(int slot)
    {
        _handlers[slot] = null;
        _generations[slot]++;
        _free.Push(slot);
    }
}
