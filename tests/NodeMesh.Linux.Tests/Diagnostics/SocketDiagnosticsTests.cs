using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Cgroups;
using NodeMesh.Linux.Diagnostics;
using NodeMesh.Linux.Processes;
using NodeMesh.Linux.Sockets;
using NodeMesh.Linux.Tests.Cgroups;
using NodeMesh.Linux.Tests.Processes;
using Xunit.Abstractions;

namespace NodeMesh.Linux.Tests.Diagnostics;

public sealed class SocketDiagnosticsTests(ITestOutputHelper output) : IDisposable
{
    private readonly SocketDiagnostics _diagnostics = SocketDiagnostics.Open();

    public void Dispose() => _diagnostics.Dispose();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("::1", "::1", false)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    public void A_connected_client_is_found_with_its_user_inode_and_cgroup(string listen, string connect, bool dualMode)
    {
        using var listener = Listen(IPAddress.Parse(listen));
        using var client = new Socket(IPAddress.Parse(connect).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (dualMode)
        {
            client.DualMode = true;
        }

        client.Connect(IPAddress.Parse(connect), ((IPEndPoint)listener.LocalEndPoint!).Port);
        using var accepted = listener.Accept();

        var result = _diagnostics.TryFind(Remote(accepted), Local(accepted), out var owner);

        Assert.Equal(new SocketLookupResult(SocketLookupStatus.Found), result);
        Assert.Equal(OwnUid(), owner.Uid);
        Assert.Equal($"socket:[{owner.Inode}]", File.ResolveLinkTarget($"/proc/self/fd/{client.Handle}", false)!.Name);
        Assert.Equal(TcpState.Established, owner.State);
        using var hierarchy = CgroupHierarchy.Open();
        Assert.True(hierarchy.TryResolve(owner.CgroupId, out var cgroup));
        Assert.Contains($"0::{cgroup.Path}", File.ReadAllLines("/proc/self/cgroup"), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "::1")]
    public void A_listener_is_found_at_the_addresses_it_takes_connections_for_while_it_listens(string listen, string address)
    {
        IpEndpoint wanted;
        using (var listener = Listen(IPAddress.Parse(listen)))
        {
            wanted = IpEndpoint.From(IPAddress.Parse(address), Local(listener).Port);
            Assert.Equal(SocketLookupStatus.Found, _diagnostics.TryFindListener(wanted).Status);

            // A connection of it is none.
            using var client = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Parse(address), wanted.Port);
            using var accepted = listener.Accept();
            Assert.Equal(SocketLookupStatus.NotFound, _diagnostics.TryFindListener(Local(client)).Status);
            Assert.Equal(SocketLookupStatus.Found, _diagnostics.TryFindListener(wanted).Status);
        }

        Assert.Equal(SocketLookupStatus.NotFound, _diagnostics.TryFindListener(wanted).Status);
    }

    [Fact]
    public void A_listener_for_both_families_is_found_in_both()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen();
        Assert.Equal(SocketLookupStatus.Found, _diagnostics.TryFindListener(IpEndpoint.From(IPAddress.Loopback, Local(listener).Port)).Status);
        Assert.Equal(SocketLookupStatus.Found, _diagnostics.TryFindListener(IpEndpoint.From(IPAddress.IPv6Loopback, Local(listener).Port)).Status);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Another_process_is_told_by_its_user_its_unit_and_its_program(string address)
    {
        using var hierarchy = CgroupHierarchy.Open();
        using var cgroup = new TestCgroup(hierarchy, "/worker@blue.service");
        using var listener = Listen(IPAddress.Parse(address));
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var child = Child.Start(
            "/bin/bash",
            "-c",
            $"echo $$ > {cgroup.Directory}/cgroup.procs && exec setpriv --reuid 45678 --regid 45678 --clear-groups bash -c 'exec 3<>/dev/tcp/{address}/{port}; read -r line'");
        using var accepted = listener.Accept();

        Assert.True(_diagnostics.TryFind(Remote(accepted), Local(accepted), out var owner).IsFound);

        Assert.Equal(45678u, owner.Uid);
        Assert.True(hierarchy.TryGetId(cgroup.Path, out var id));
        Assert.Equal(id, owner.CgroupId);
        Assert.True(hierarchy.TryResolve(owner.CgroupId, out var resolved));
        Assert.Equal(cgroup.Path, resolved.Path);
        Assert.Equal("worker@blue.service", resolved.Unit!.Name);
        Assert.Equal(ProcessSearchStatus.Found, new SocketProcessFinder(hierarchy).TryFind(resolved, owner.Inode, out var process));
        Assert.Equal(child.Pid, process.Pid);
        Assert.Equal("/usr/bin/bash", process.Executable.Path);
        Assert.True(process.Executable.Verified);
        Assert.True(process.StartTime > 0);
    }

    [Fact]
    public void A_tuple_that_nobody_has_is_not_taken_for_the_listener_on_its_port()
    {
        using var listener = Listen(IPAddress.Loopback);
        var nobody = IpEndpoint.From(new IPEndPoint(IPAddress.Loopback, 9));

        var result = _diagnostics.TryFind(Local(listener), nobody, out var owner);

        Assert.Equal(SocketLookupStatus.NotFound, result.Status);
        Assert.Equal(SocketOwner.Nobody, owner);
        Assert.Equal(SocketLookupStatus.NotFound, _diagnostics.TryFind(nobody, nobody, out _).Status);
    }

    [Fact]
    public void A_client_in_TIME_WAIT_is_unknown_and_never_root()
    {
        using var listener = Listen(IPAddress.Loopback);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        var (source, destination) = (Remote(accepted), Local(accepted));
        client.Close();
        Assert.Equal(0, accepted.Receive(new byte[1]));
        accepted.Close();

        SocketOwner owner = default;
        Until(() => _diagnostics.TryFind(source, destination, out owner).Status == SocketLookupStatus.Unknown && owner.State == TcpState.TimeWait);

        Assert.Equal(new SocketOwner(SocketOwner.NoUid, 0, 0, TcpState.TimeWait), owner);
    }

    [Fact]
    public void A_client_that_has_closed_already_is_unknown_and_never_root()
    {
        using var listener = Listen(IPAddress.Loopback);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        client.Close();
        Assert.Equal(0, accepted.Receive(new byte[1]));

        var result = _diagnostics.TryFind(Remote(accepted), Local(accepted), out var owner);

        Assert.Equal(SocketLookupStatus.Unknown, result.Status);
        Assert.Equal(SocketOwner.NoUid, owner.Uid);
        Assert.Equal(0u, owner.Inode);
    }

    [Fact]
    public void Endpoints_of_two_families_are_an_error_and_name_nobody()
    {
        var result = _diagnostics.TryFind(
            IpEndpoint.From(new IPEndPoint(IPAddress.Loopback, 1)), IpEndpoint.From(new IPEndPoint(IPAddress.IPv6Loopback, 1)), out var owner);

        Assert.Equal(new SocketLookupResult(SocketLookupStatus.Error, 22), result);
        Assert.Equal(SocketOwner.Nobody, owner);
    }

    [Fact]
    public void Sockets_of_another_network_namespace_are_found_only_from_inside_it()
    {
        using var child = Child.Start("unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat");
        Assert.Equal("up", child.ReadLine());
        var path = $"/proc/{child.Pid}/ns/net";
        Socket? client = null, accepted = null;
        var thread = new Thread(() =>
        {
            using var descriptor = OpenedFile.Open(LibC.AT_FDCWD, path, LibC.O_RDONLY);
            Assert.Equal(0, NetlinkInterop.SetNamespace(descriptor, NetlinkInterop.CLONE_NEWNET));
            using var listener = Listen(IPAddress.Loopback);
            client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            accepted = listener.Accept();
        });
        thread.Start();
        thread.Join();
        using var first = client;
        using var second = accepted;

        using var inside = SocketDiagnostics.OpenIn(path);

        Assert.True(inside.TryFind(Remote(accepted!), Local(accepted!), out var owner).IsFound);
        Assert.Equal(OwnUid(), owner.Uid);
        Assert.Equal(SocketLookupStatus.NotFound, _diagnostics.TryFind(Remote(accepted!), Local(accepted!), out _).Status);
    }

    [Fact]
    public void A_network_namespace_that_is_not_there_is_said_by_path()
    {
        var failure = Assert.Throws<Win32Exception>(() => SocketDiagnostics.OpenIn("/run/netns/no-such"));

        Assert.Equal("cannot enter the network namespace /run/netns/no-such: No such file or directory", failure.Message);
    }

    [Fact]
    public void A_look_up_costs_less_than_50_microseconds_and_allocates_nothing()
    {
        using var hierarchy = CgroupHierarchy.Open();
        using var listener = Listen(IPAddress.Loopback);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        var (source, destination) = (Remote(accepted), Local(accepted));
        Measure(2_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var costs = Enumerable.Range(0, 20).Select(_ => 0d).ToArray();
        before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < costs.Length; round++)
        {
            costs[round] = Measure(500);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.Sort(costs);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sock_diag and cgroup path: {costs[costs.Length / 2]:F2} µs per connection"));
        Assert.Equal(0, allocated);
        Assert.True(costs[costs.Length / 2] < 50, $"a look-up costs {costs[costs.Length / 2]} µs");

        double Measure(int count)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                if (!_diagnostics.TryFind(source, destination, out var owner).IsFound || !hierarchy.TryResolve(owner.CgroupId, out _))
                {
                    throw new InvalidOperationException("the socket was lost");
                }
            }

            return (Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency / count;
        }
    }

    private static Socket Listen(IPAddress address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    private static IpEndpoint Remote(Socket socket) => IpEndpoint.From((IPEndPoint)socket.RemoteEndPoint!);

    private static IpEndpoint Local(Socket socket) => IpEndpoint.From((IPEndPoint)socket.LocalEndPoint!);

    private static uint OwnUid() => uint.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);

    private static void Until(Func<bool> condition)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "it did not happen within 20 s");
            Thread.Yield();
        }
    }
}
