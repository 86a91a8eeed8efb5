namespace NodeMesh.Proxy.Telemetry;

/// <summary>Writes lines to a stream, as for standard output. There is nothing to reopen.</summary>
public sealed class AccessLogStream : IAccessLogOutput
{
    private readonly Stream _stream;

    public AccessLogStream(Stream stream)
    {
        _stream = stream;
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        _stream.Write(lines);
        _stream.Flush();
    }

    public void Reopen()
    {
    }

    public void Dispose() => _stream.Dispose();
}
