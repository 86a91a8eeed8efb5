using System.Diagnostics;
using System.Text;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>A running openssl program, with what it printed so far.</summary>
internal sealed class OpenSslCommand : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public OpenSslCommand(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    public void WaitFor(string text)
    {
        var clock = Stopwatch.StartNew();
        lock (_output)
        {
            while (!_output.ToString().Contains(text, StringComparison.Ordinal))
            {
                Assert.True(clock.Elapsed < Patience, $"openssl never printed \"{text}\":\n{_output}");
                Monitor.Wait(_output, TimeSpan.FromMilliseconds(200));
            }
        }
    }

    public string WaitForExit()
    {
        Assert.True(_process.WaitForExit(Patience), $"openssl does not end:\n{Output}");
        _process.WaitForExit();
        return Output;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
            Monitor.PulseAll(_output);
        }
    }
}
