namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>A source of so many bytes that tells how many were taken from it.</summary>
internal sealed class CountingStream(long size) : Stream
{
    private long _given;

    public long Given => Interlocked.Read(ref _given);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Given;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var part = (int)Math.Min(count, size - Given);
        Interlocked.Add(ref _given, part);
        return part;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
