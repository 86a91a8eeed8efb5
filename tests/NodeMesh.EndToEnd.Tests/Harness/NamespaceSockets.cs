using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// Sockets of the test process itself in a machine's network, so that .NET's own classes can be peers there. The network namespace belongs
/// to the thread that makes the socket, so a thread enters it, makes the socket, and ends.
/// </summary>
internal static partial class NamespaceSockets
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    /// <summary>A connection from the machine.</summary>
    public static async Task<NetworkStream> ConnectToAsync(this Machine machine, IPEndPoint destination, CancellationToken cancellationToken = default)
    {
        var socket = Make(machine, destination.AddressFamily);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(destination, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A listening socket on the machine; with the IPv6 wildcard for IPv4 too.</summary>
    public static Socket Listen(this Machine machine, IPEndPoint address)
    {
        var socket = Make(machine, address.AddressFamily);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        if (address.Address.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        socket.Bind(address);
        socket.Listen();
        return socket;
    }

    private static Socket Make(Machine machine, AddressFamily family)
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var network = File.OpenHandle($"/proc/{machine.HolderId}/ns/net", share: FileShare.ReadWrite | FileShare.Delete);
                if (SetNamespace(network, NewNetwork) != 0)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }

                socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"No socket could be made on {machine.Name}.", failure);
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle descriptor, int kind);
}
