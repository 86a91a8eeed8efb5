using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// Asks the kernel who owns a TCP socket, by its exact 4-tuple (NETLINK_SOCK_DIAG, sock_diag(7)); a dump is never made. Needs no privilege.
/// One instance holds one netlink socket and belongs to one event loop: it is NOT thread-safe. It lives as long as its loop.
/// A look-up is two system calls, allocates nothing and cannot block: the kernel answers inside send().
/// </summary>
public sealed class SocketDiagnostics : IDisposable
{
    private const int AnswerBufferLength = 1024;

    private readonly NetlinkSocket _socket;
    private uint _sequence;

    private SocketDiagnostics(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens a socket that sees the caller's network namespace.</summary>
    /// <exception cref="Win32Exception">The kernel refuses a sock_diag socket.</exception>
    public static SocketDiagnostics Open() => new(NetlinkSocket.Open(NetlinkInterop.NETLINK_SOCK_DIAG, "NETLINK_SOCK_DIAG"));

    /// <summary>
    /// Opens a socket that sees another network namespace, such as <c>/run/netns/blue</c> or <c>/proc/PID/ns/net</c>. The namespace is
    /// entered on a thread made for it, which ends here; the caller's threads stay where they are. Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <exception cref="Win32Exception">The namespace cannot be opened or entered.</exception>
    public static SocketDiagnostics OpenIn(string namespacePath)
    {
        SocketDiagnostics? opened = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var descriptor = OpenedFile.Open(LibC.AT_FDCWD, namespacePath, LibC.O_RDONLY);
                if (descriptor.IsInvalid || NetlinkInterop.SetNamespace(descriptor, NetlinkInterop.CLONE_NEWNET) != 0)
                {
                    throw Failure($"cannot enter the network namespace {namespacePath}", descriptor);
                }

                opened = Open();
            }
            catch (Win32Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "netns",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return opened!;
    }

    /// <summary>
    /// Finds the owner of the local socket whose own address is <paramref name="source"/> and whose peer is <paramref name="destination"/>.
    /// For a redirected connection that is the accepted peer address and the original destination.
    /// A socket bound to a device (SO_BINDTODEVICE) is found only when an endpoint carries that interface as scope.
    /// </summary>
    /// <returns>
    /// <see cref="SocketLookupStatus.Found"/> with the owner; in every other case <paramref name="owner"/> has no user.
    /// </returns>
    public SocketLookupResult TryFind(in IpEndpoint source, in IpEndpoint destination, out SocketOwner owner)
    {
        owner = SocketOwner.Nobody;
        if (source.IsIPv4 != destination.IsIPv4)
        {
            return SocketLookupResult.Failed(Errno.EINVAL);
        }

        Span<byte> buffer = stackalloc byte[AnswerBufferLength];
        var sequence = ++_sequence;
        SocketDiagnosticsMessage.WriteRequest(buffer, sequence, source, destination);
        var received = _socket.Exchange(buffer, SocketDiagnosticsMessage.RequestLength, sequence);
        if (received < 0)
        {
            return SocketLookupResult.Failed(-received);
        }

        var answer = SocketDiagnosticsMessage.Parse(buffer[..received], sequence, source, destination, out owner, out var errno);
        return SocketLookupResult.From(answer, errno);
    }

    /// <summary>Whether a socket of this namespace would take a connection to the address: one that listens there, or on every address.</summary>
    public SocketLookupResult TryFindListener(in IpEndpoint address)
    {
        Span<byte> buffer = stackalloc byte[AnswerBufferLength];
        var sequence = ++_sequence;
        var nobody = address.IsIPv4 ? IpEndpoint.From(System.Net.IPAddress.Any, 0) : IpEndpoint.From(System.Net.IPAddress.IPv6Any, 0);
        SocketDiagnosticsMessage.WriteRequest(buffer, sequence, address, nobody);
        var received = _socket.Exchange(buffer, SocketDiagnosticsMessage.RequestLength, sequence);
        if (received < 0)
        {
            return SocketLookupResult.Failed(-received);
        }

        var answer = SocketDiagnosticsMessage.ParseListener(buffer[..received], sequence, out var errno);
        return SocketLookupResult.From(answer, errno);
    }

    public void Dispose() => _socket.Dispose();

    private static Win32Exception Failure(string what, SafeFileHandle handle)
    {
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return new Win32Exception(errno, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }
}
