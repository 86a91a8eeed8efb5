using System.Text;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>tcpdump on a machine's interface, from <see cref="Machine.CaptureAsync"/> until <see cref="StopAsync"/>.</summary>
internal sealed class PacketCapture : IAsyncDisposable
{
    private readonly Machine _machine;
    private readonly BackgroundProcess _tcpdump;
    private readonly string _file;

    internal PacketCapture(Machine machine, BackgroundProcess tcpdump, string file)
    {
        _machine = machine;
        _tcpdump = tcpdump;
        _file = file;
    }

    /// <summary>The pcap file, as the test run reaches it.</summary>
    public string File => _machine.PathOf(_file);

    public async Task StopAsync()
    {
        if (!_tcpdump.HasExited)
        {
            await _tcpdump.SignalAsync(Signals.Interrupt);
            await _tcpdump.WaitForExitAsync();
        }
    }

    /// <summary>Whether these bytes passed over the wire in one packet. Stop first.</summary>
    public bool Contains(ReadOnlySpan<byte> bytes) => System.IO.File.ReadAllBytes(File).AsSpan().IndexOf(bytes) >= 0;

    public bool Contains(string text) => Contains(Encoding.UTF8.GetBytes(text));

    /// <summary>One line per packet, as tcpdump -nn prints it. Stop first.</summary>
    public async Task<IReadOnlyList<string>> ReadPacketsAsync()
    {
        var result = await _machine.RunAsync("tcpdump", "-nn", "-r", _file);
        return result.EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public ValueTask DisposeAsync() => _tcpdump.DisposeAsync();
}
