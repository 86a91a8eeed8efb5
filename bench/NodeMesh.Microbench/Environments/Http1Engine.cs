using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;

namespace NodeMesh.Microbench.Environments;

/// <summary>One HTTP/1.1 engine whose handler keeps the fields, as a proxy does, and whose output goes nowhere.</summary>
internal sealed class Http1Engine : IHttp1ConnectionHandler
{
    private readonly ArrayBufferWriter<byte> _output = new(1 << 16);
    private readonly Http1Connection _connection;

    public Http1Engine(Http1Role role) => _connection = new Http1Connection(role, new Http1Options(), this, _output);

    public HeaderList Headers { get; } = new();

    /// <summary>Writes a message without a body.</summary>
    public void Write(HeaderList headers)
    {
        if (!_connection.WriteHeaders(headers, endStream: true))
        {
            throw new InvalidOperationException(_connection.Refusal);
        }
        _output.ResetWrittenCount();
    }

    /// <summary>Reads a message.</summary>
    public void Read(byte[] message)
    {
        if (_connection.Receive(message) != message.Length)
        {
            throw new InvalidOperationException("not all was read");
        }
    }

    public void OnHeaders(HeaderList headers, bool endStream)
    {
        Headers.Clear();
        headers.CopyTo(Headers);
    }

    public int OnData(ReadOnlySpan<byte> data, bool endStream) => data.Length;

    public void OnTrailers(HeaderList trailers) => throw new InvalidOperationException("trailers");

    public void OnError(Http1Error error) => throw new InvalidOperationException(error.Reason);
}
