using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Cgroups;
using NodeMesh.Linux.Credentials;
using NodeMesh.Linux.Processes;
using NodeMesh.Linux.Tests.Processes;

namespace NodeMesh.Linux.Tests.Credentials;

public sealed class UnixPeerTests
{
    [Fact]
    public void The_peer_of_a_unix_socket_is_this_process()
    {
        var path = Path.Join(Path.GetTempPath(), $"peer-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        using var accepted = listener.Accept();
        File.Delete(path);

        using var peer = UnixPeer.Of(accepted.SafeHandle);

        Assert.Equal(Environment.ProcessId, peer.Pid);
        Assert.Equal(OwnId("Uid:"), peer.Uid);
        Assert.Equal(OwnId("Gid:"), peer.Gid);
        Assert.Equal(peer.HoldsProcess, peer.IsSameProcess);
        if (peer.TryGetCgroupId(out var id))
        {
            using var hierarchy = CgroupHierarchy.Open();
            using var self = ProcessDirectory.TryOpen(peer.Pid)!;
            Assert.True(self.TryReadCgroupPath(out var expected));
            Assert.True(hierarchy.TryResolve(id, out var cgroup));
            Assert.Equal(expected, cgroup.Path);
        }
    }

    [Fact]
    public void A_peer_of_another_user_is_told_and_its_end_is_noticed()
    {
        // Readable for the other user, which /tmp is and the test's own directory need not be.
        var path = $"/tmp/nodemesh-peer-{Guid.NewGuid():N}";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        File.SetUnixFileMode(path, (UnixFileMode)0x1ff);
        UnixPeer peer;
        using (Child.Start("setpriv", "--reuid", "45679", "--regid", "45680", "--clear-groups", "perl", "-MIO::Socket::UNIX", "-e", $"$s=IO::Socket::UNIX->new(Peer=>'{path}') or die; <STDIN>"))
        {
            using var accepted = listener.Accept();
            File.Delete(path);
            peer = UnixPeer.Of(accepted.SafeHandle);
            Assert.Equal((45679u, 45680u), (peer.Uid, peer.Gid));
            Assert.Equal(peer.HoldsProcess, peer.IsSameProcess);
        }

        using (peer)
        {
            Assert.False(peer.IsSameProcess);
            Assert.False(peer.TryGetCgroupId(out _));
        }
    }

    [Fact]
    public void A_TCP_socket_has_no_peer_credentials()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.Throws<Win32Exception>(() => UnixPeer.Of(listener.SafeHandle));
    }

    [Fact]
    public void Users_are_found_by_name_and_an_unknown_one_is_no_user()
    {
        Assert.Equal(new UserAccount("root", 0, 0), UserDatabase.Find("root"));
        Assert.Equal(65534u, UserDatabase.Find("nobody")!.Uid);
        Assert.Null(UserDatabase.Find("no-such-user"));
        Assert.Null(UserDatabase.Find(string.Empty));
        Assert.Null(UserDatabase.Find("ro\0ot"));
        Assert.Null(UserDatabase.Find(new string('x', 5000)));
    }

    private static uint OwnId(string field) => uint.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);
}
