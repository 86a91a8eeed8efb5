using NodeMesh.Linux;

namespace NodeMesh.Transport.Connections;

/// <summary>What one non-blocking receive or send gave: a count, the end, or why not. A value, since it is made for every call.</summary>
public readonly record struct IoResult(int Value)
{
    // Below every negated errno, which end at -4095 (IS_ERR_VALUE of the kernel).
    private const int WantWriteValue = -5000;
    private const int WantReadValue = -5001;
    private const int TruncatedValue = -5002;
    private const int TlsFailureValue = -5003;

    /// <summary>Try again when the descriptor can be read: nothing there, or TLS needs the peer's bytes before it can send.</summary>
    public static IoResult WantRead => new(WantReadValue);

    /// <summary>Try again when the descriptor can be written: the socket is full, or TLS must send before it can receive.</summary>
    public static IoResult WantWrite => new(WantWriteValue);

    /// <summary>The stream ended without the peer saying that it was complete (TLS without close_notify).</summary>
    public static IoResult Truncated => new(TruncatedValue);

    /// <summary>The TLS layer failed; the connection says how.</summary>
    public static IoResult TlsFailure => new(TlsFailureValue);

    public bool IsSuccess => Value >= 0;

    public int Count => Value;

    /// <summary>The negated error number of a system call, EAGAIN as what to wait for.</summary>
    public static IoResult FromReceive(int result) => result == -Errno.EAGAIN ? WantRead : new IoResult(result);

    public static IoResult FromSend(int result) => result == -Errno.EAGAIN ? WantWrite : new IoResult(result);

    /// <summary>The words for a failure, for an exception or a log line.</summary>
    public string Describe() => Value switch
    {
        >= 0 => "success",
        TruncatedValue => "the stream was cut without a TLS close_notify",
        TlsFailureValue => "TLS failure",
        _ => Errno.Describe(-Value),
    };
}
