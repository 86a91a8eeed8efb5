using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>What netlink sockets need beside the calls that all sockets share. Names and values are those of the C headers.</summary>
internal static partial class NetlinkInterop
{
    public const int NETLINK_SOCK_DIAG = 4;
    public const int NETLINK_NETFILTER = 12;
    public const int CLONE_NEWNET = 0x40000000;

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(SafeFileHandle descriptor, int type);

    /// <summary>struct sockaddr_nl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint PortId;
        public uint Groups;
    }
}
