using System.Buffers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>Puts a header's value together, in memory of the caller as long as it fits, else in borrowed memory. Disposed by its one user.</summary>
internal ref struct HeaderValueWriter
{
    private Span<byte> _buffer;
    private byte[]? _rented;
    private int _written;

    public HeaderValueWriter(Span<byte> buffer)
    {
        _buffer = buffer;
    }

    public readonly ReadOnlySpan<byte> Written => _buffer[.._written];

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _written < bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _written + bytes.Length));
            Written.CopyTo(larger);
            Dispose();
            _buffer = _rented = larger;
        }

        bytes.CopyTo(_buffer[_written..]);
        _written += bytes.Length;
    }

    public readonly void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
