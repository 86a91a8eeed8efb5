namespace NodeMesh.Http.Http2;

/// <summary>
/// The open streams of one connection, by id and in the order they were opened. Linked through the streams themselves, so that only its
/// growth allocates. Owned by the connection.
/// </summary>
internal sealed class StreamTable
{
    private Http2Stream?[] _buckets = new Http2Stream?[4];
    private Http2Stream? _last;

    public int Count { get; private set; }

    /// <summary>The oldest; the others follow by <see cref="Http2Stream.NextOpened"/>.</summary>
    public Http2Stream? First { get; private set; }

    public Http2Stream? Find(int id)
    {
        Http2Stream? stream = _buckets[Bucket(id)];
        while (stream is not null && stream.Id != id)
        {
            stream = stream.NextInBucket;
        }
        return stream;
    }

    public void Add(Http2Stream stream)
    {
        if (Count == _buckets.Length)
        {
            Grow();
        }
        Link(stream);
        stream.PreviousOpened = _last;
        stream.NextOpened = null;
        if (_last is null)
        {
            First = stream;
        }
        else
        {
            _last.NextOpened = stream;
        }
        _last = stream;
        Count++;
    }

    public void Remove(Http2Stream stream)
    {
        ref Http2Stream? link = ref _buckets[Bucket(stream.Id)];
        while (!ReferenceEquals(link, stream))
        {
            link = ref link!.NextInBucket;
        }
        link = stream.NextInBucket;
        stream.NextInBucket = null;
        if (stream.PreviousOpened is null)
        {
            First = stream.NextOpened;
        }
        else
        {
            stream.PreviousOpened.NextOpened = stream.NextOpened;
        }
        if (stream.NextOpened is null)
        {
            _last = stream.PreviousOpened;
        }
        else
        {
            stream.NextOpened.PreviousOpened = stream.PreviousOpened;
        }
        stream.NextOpened = null;
        stream.PreviousOpened = null;
        Count--;
    }

    // Ids of one side are all odd or all even, and mostly consecutive: without the lowest bit they spread evenly by themselves.
    private int Bucket(int id) => (id >> 1) & (_buckets.Length - 1);

    private void Link(Http2Stream stream)
    {
        ref Http2Stream? bucket = ref _buckets[Bucket(stream.Id)];
        stream.NextInBucket = bucket;
        bucket = stream;
    }

    private void Grow()
    {
        _buckets = new Http2Stream?[_buckets.Length * 2];
        for (Http2Stream? stream = First; stream is not null; stream = stream.NextOpened)
        {
            Link(stream);
        }
    }
}
