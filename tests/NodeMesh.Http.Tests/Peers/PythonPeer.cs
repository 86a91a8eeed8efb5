using System.Collections.Concurrent;
using System.Diagnostics;

namespace NodeMesh.Http.Tests.Peers;

/// <summary>
/// A Python program with an independent implementation, spoken to over its stdin and stdout. The system's own Python is used, because
/// the distribution's packages belong to it.
/// </summary>
internal sealed class PythonPeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly BlockingCollection<byte[]> _output = new(boundedCapacity: 64);
    private readonly Thread _reader;

    public PythonPeer(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Peers", script));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException("These tests need /usr/bin/python3 with python3-h2: apt-get install python3-h2", error);
        }
        _errors = _process.StandardError.ReadToEndAsync();
        _reader = new Thread(Read) { IsBackground = true, Name = "python output" };
        _reader.Start();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The next bytes the program wrote; null when it has ended.</summary>
    public byte[]? Receive()
    {
        if (_output.TryTake(out byte[]? bytes, Patience))
        {
            return bytes;
        }
        return _output.IsCompleted ? null : throw new TimeoutException($"The Python peer said nothing for {Patience}.");
    }

    /// <summary>The program ended well.</summary>
    public void AssertSuccess()
    {
        Assert.True(_process.WaitForExit(Patience), "The Python peer does not end.");
        Assert.True(_process.ExitCode == 0, $"The Python peer failed: {_errors.GetAwaiter().GetResult()}");
    }

    /// <summary>Fails with what the program wrote to stderr.</summary>
    public InvalidOperationException Failure(string what)
    {
        _process.WaitForExit(Patience);
        return new InvalidOperationException($"{what} The Python peer says: {_errors.GetAwaiter().GetResult()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        _process.WaitForExit(Patience);
        while (_output.TryTake(out _, Patience))
        {
            // Whatever is left unblocks the reader, which ends with the process.
        }
        _reader.Join();
        _output.Dispose();
        _process.Dispose();
    }

    private void Read()
    {
        Stream stream = _process.StandardOutput.BaseStream;
        byte[] buffer = new byte[65536];
        for (int length = stream.Read(buffer); length > 0; length = stream.Read(buffer))
        {
            _output.Add(buffer[..length]);
        }
        _output.CompleteAdding();
    }
}
