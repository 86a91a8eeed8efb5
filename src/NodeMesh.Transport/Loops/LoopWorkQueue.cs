namespace NodeMesh.Transport.Loops;

/// <summary>First in, first out list of work items linked through themselves. Owned by one loop.</summary>
internal struct LoopWorkQueue
{
    private LoopWorkItem? _head;
    private LoopWorkItem? _tail;

    public int Count { get; private set; }

    public readonly bool IsEmpty => _head is null;

    public void Enqueue(LoopWorkItem item)
    {
        if (item.IsQueued)
        {
            return;
        }

        item.IsQueued = true;
        Count++;
        if (_tail is null)
        {
            _head = item;
        }
        else
        {
            _tail.NextItem = item;
        }

        _tail = item;
    }

    public LoopWorkItem? Dequeue()
    {
        var item = _head;
        if (item is not null)
        {
            _head = item.NextItem;
            if (_head is null)
            {
                _tail = null;
            }

            item.NextItem = null;
            item.IsQueued = false;
            Count--;
        }

        return item;
    }
}
