using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using NodeMesh.Linux.Systemd;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>The store that systemd has for a service's descriptors, on a datagram socket as systemd has it: keeps what FDSTORE=1 brings.</summary>
internal sealed unsafe partial class DescriptorStore : IDisposable
{
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Lock _gate = new();
    private readonly List<SystemdSocket> _stored = [];
    private readonly Thread _receiver;

    public DescriptorStore(string path)
    {
        _manager.Bind(new UnixDomainSocketEndPoint(path));

        // Always, as systemd does: the queue between has room for ten.
        _receiver = new Thread(Receive);
        _receiver.Start();
    }

    /// <summary>What is stored, by name, in order of its coming.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _stored.Select(socket => socket.Name)];
            }
        }
    }

    /// <summary>Copies of what is stored, as the next process of the service gets them.</summary>
    public IReadOnlyList<SystemdSocket> PassOn()
    {
        lock (_gate)
        {
            return [.. _stored.Select(socket => socket with { Descriptor = Duplicate(socket.Descriptor) })];
        }
    }

    public void Dispose()
    {
        _manager.Shutdown(SocketShutdown.Both);
        _receiver.Join();
        _manager.Dispose();
        _stored.ForEach(socket => _ = Close(socket.Descriptor));
    }

    private void Receive()
    {
        var text = stackalloc byte[4096];
        var control = stackalloc byte[256];
        while (true)
        {
            var piece = new Piece { Start = text, Length = 4096 };
            var message = new Message { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = 256 };
            var length = ReceiveMessage((int)_manager.Handle, &message, 0);
            if (length <= 0)
            {
                return;
            }

            var fields = Encoding.UTF8.GetString(text, (int)length).Split('\n')
                .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
            lock (_gate)
            {
                // The descriptor is behind struct cmsghdr: its length, level and type.
                if (fields.ContainsKey("FDSTORE") && message.ControlLength >= 20)
                {
                    _stored.Add(new SystemdSocket(*(int*)(control + 16), fields["FDNAME"]));
                }
                else if (fields.ContainsKey("FDSTOREREMOVE"))
                {
                    _stored.RemoveAll(socket => string.Equals(socket.Name, fields["FDNAME"], StringComparison.Ordinal) && Close(socket.Descriptor) == 0);
                }
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "recvmsg")]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    /// <summary>struct iovec.</summary>
    private struct Piece
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
