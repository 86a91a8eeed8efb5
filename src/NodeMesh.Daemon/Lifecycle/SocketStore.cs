using System.Globalization;
using NodeMesh.Linux.Sockets;
using NodeMesh.Linux.Systemd;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// Listening sockets in systemd's descriptor store. Each has a name of its own, <c>purpose.number</c>, so that one that is no longer wanted can be
/// taken out. One per daemon; used while it starts, by one thread at a time.
/// </summary>
internal sealed class SocketStore : IListenerStore
{
    private readonly SystemdNotifier _systemd;
    private readonly List<SystemdSocket> _kept;
    private int _last;

    /// <param name="kept">What systemd passed on at the start.</param>
    public SocketStore(SystemdNotifier systemd, IReadOnlyList<SystemdSocket> kept)
    {
        _systemd = systemd;
        _kept = [.. kept];
        _last = kept.Select(socket => NumberOf(socket.Name)).DefaultIfEmpty(0).Max();
    }

    public IReadOnlyList<SocketDescriptor> Take(string purpose, IpEndpoint address)
    {
        var taken = _kept.FindAll(socket =>
            string.Equals(PurposeOf(socket.Name), purpose, StringComparison.Ordinal) && new SocketDescriptor(socket.Descriptor).LocalEndpoint == address);
        _kept.RemoveAll(taken.Contains);
        return taken.ConvertAll(socket => new SocketDescriptor(socket.Descriptor));
    }

    public void Keep(string purpose, SocketDescriptor socket) =>
        _systemd.StoreDescriptor(socket.Value, string.Create(CultureInfo.InvariantCulture, $"{purpose}.{++_last}"));

    /// <summary>Closes what nobody took: the settings name other addresses now.</summary>
    public void DiscardRest()
    {
        foreach (var socket in _kept)
        {
            _systemd.RemoveDescriptor(socket.Name);
            new SocketDescriptor(socket.Descriptor).Close();
        }

        _kept.Clear();
    }

    private static string PurposeOf(string name) => name[..Math.Max(name.LastIndexOf('.'), 0)];

    private static int NumberOf(string name) =>
        int.TryParse(name.AsSpan(name.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
