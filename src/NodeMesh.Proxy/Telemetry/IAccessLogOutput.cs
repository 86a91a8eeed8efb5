namespace NodeMesh.Proxy.Telemetry;

/// <summary>Where access log lines go. Called by the log's one writer, never by an event loop; may block.</summary>
public interface IAccessLogOutput : IDisposable
{
    /// <summary>Writes whole lines.</summary>
    /// <exception cref="IOException">The lines are lost; the next call tries anew.</exception>
    void Write(ReadOnlySpan<byte> lines);

    /// <summary>Lets go of the current file, so that the next write opens its path again.</summary>
    void Reopen();
}
