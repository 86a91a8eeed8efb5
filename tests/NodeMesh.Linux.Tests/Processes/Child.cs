using System.Diagnostics;

namespace NodeMesh.Linux.Tests.Processes;

/// <summary>A real process of the test's, ended with it. Its standard input is held open: a child that reads it lives as long as this.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public int Pid => _process.Id;

    public static Child Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        return new Child(Process.Start(start)!);
    }

    /// <summary>Waits for the next line the child prints.</summary>
    public string ReadLine()
    {
        var line = _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)).GetAwaiter().GetResult();
        return line ?? throw new InvalidOperationException("the child ended without a word");
    }

    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
