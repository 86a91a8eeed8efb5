using System.Buffers.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>Writes a head into a span that is known to be large enough; nothing is sent before the owner advances its output by <see cref="Written"/>.</summary>
internal ref struct HeadWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Written..]);
        Written += bytes.Length;
    }

    public void WriteNumber(long number)
    {
        Utf8Formatter.TryFormat(number, _buffer[Written..], out int length);
        Written += length;
    }

    public void EndLine()
    {
        _buffer[Written] = (byte)'\r';
        _buffer[Written + 1] = (byte)'\n';
        Written += 2;
    }

    public void WriteField(scoped in HeaderField field)
    {
        if (field.Id != KnownHeader.None)
        {
            Write(FieldNames.WithColon(field.Id));
        }
        else
        {
            Write(field.Name);
            Write(": "u8);
        }
        Write(field.Value);
        EndLine();
    }
}
