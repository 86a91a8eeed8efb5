using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux;
using NodeMesh.Linux.Cgroups;
using NodeMesh.Linux.Diagnostics;
using NodeMesh.Linux.Processes;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Attestation;

/// <summary>
/// Says which workload opened a local connection, by asking the kernel for the client socket's user and cgroup. One per loop: the netlink
/// sockets are not shared. A look-up takes microseconds; only a selector by executable, which must walk /proc, leaves the loop for it.
/// </summary>
internal sealed partial class LocalAttestor(
    CgroupHierarchy cgroups, MeshMetrics metrics, MetricShard shard, TimeProvider time, ILogger<LocalAttestor> logger) : IDisposable
{
    private readonly SocketDiagnostics _diagnostics = SocketDiagnostics.Open();
    private readonly ILogger _logger = logger;
    private readonly SocketProcessFinder _finder = new(cgroups);
    private readonly Series _matched = metrics.Attestations.Resolve("matched");
    private readonly Series _unmatched = metrics.Attestations.Resolve("unmatched");
    private readonly Series _unknown = metrics.Attestations.Resolve("unknown");
    private readonly Series _error = metrics.Attestations.Resolve("error");

    private ConnectionTracking? _tracking = ConnectionTracking.Open();

    /// <summary>
    /// The workload behind an accepted connection, and the address that its own socket has, which <paramref name="client"/> becomes.
    /// <para>
    /// NAT may have changed the port of a captured connection, since all of them end at the same listener. So connection tracking is asked first,
    /// always: under the changed port there may be a socket of somebody else, opened to the same destination without being captured, and to find
    /// that one would be to take its word for this one's.
    /// </para>
    /// </summary>
    /// <param name="local">The listener's end of the accepted socket.</param>
    /// <param name="client">The client's end: as accepted, then as the client has it.</param>
    /// <param name="destination">What the client's socket is connected to; <paramref name="local"/> when it was not redirected.</param>
    public ValueTask<AttestedSource> AttestAsync(MeshSnapshot snapshot, IpEndpoint local, ref IpEndpoint client, IpEndpoint destination)
    {
        var begun = time.GetTimestamp();
        if (destination != local && UndoNat(local, ref client) is { IsFound: false } untracked)
        {
            return new ValueTask<AttestedSource>(Doubt(untracked, "connection tracking does not know the connection", begun));
        }

        var result = _diagnostics.TryFind(client, destination, out var owner);
        if (!result.IsFound || owner.Uid == SocketOwner.NoUid)
        {
            return new ValueTask<AttestedSource>(Doubt(result, "no process holds the client's socket any more", begun));
        }

        cgroups.TryResolve(owner.CgroupId, out var cgroup);
        var facts = new ProcessFacts(owner.Uid, cgroup?.Path, cgroup?.Unit?.Name);
        var match = snapshot.Match(facts);
        if (match.NeedsExecutable)
        {
            return WithExecutableAsync(snapshot, owner, cgroup, facts, begun);
        }

        Count(match.Workload is null ? _unmatched : _matched, begun);
        return new ValueTask<AttestedSource>(AttestedSource.Of(match.Workload, facts));
    }

    /// <summary>True when no process holds the client's socket any more. Only for one whose owner was known before.</summary>
    public bool IsAbandoned(IpEndpoint client, IpEndpoint destination) =>
        _diagnostics.TryFind(client, destination, out _).Status is SocketLookupStatus.NotFound or SocketLookupStatus.Unknown;

    public void Dispose()
    {
        _diagnostics.Dispose();
        _tracking?.Dispose();
    }

    /// <summary>
    /// Found, with the client's true port. Connection tracking answers with CAP_NET_ADMIN alone: without it the port is taken as it came.
    /// </summary>
    private SocketLookupResult UndoNat(IpEndpoint local, ref IpEndpoint client)
    {
        if (_tracking is null)
        {
            return new SocketLookupResult(SocketLookupStatus.Found);
        }

        var result = _tracking.TryFindSource(local, client, out var source);
        if (result.IsFound)
        {
            client = source;
        }
        else if (result.Errno == Errno.EPERM)
        {
            LogNoTracking();
            _tracking.Dispose();
            _tracking = null;
            return new SocketLookupResult(SocketLookupStatus.Found);
        }

        return result;
    }

    private async ValueTask<AttestedSource> WithExecutableAsync(
        MeshSnapshot snapshot, SocketOwner owner, Cgroup? cgroup, ProcessFacts facts, long begun)
    {
        // Off the loop: it reads /proc/PID/fd of every process of the cgroup. The await comes back to the loop.
        var executable = cgroup is null ? null : await Task.Run(() => FindExecutable(cgroup, owner.Inode));
        if (executable is null)
        {
            Count(_unknown, begun);
            return AttestedSource.Unattested("its program, by which a Workload is told, could not be found");
        }

        var match = snapshot.Match(facts with { Executable = executable });
        Debug.Assert(!match.NeedsExecutable, "the executable was given");
        Count(match.Workload is null ? _unmatched : _matched, begun);
        return AttestedSource.Of(match.Workload, facts with { Executable = executable });
    }

    /// <summary>Empty when the file is not the one that was started any more: then no selector that asks for it matches. Null when nobody can tell.</summary>
    private string? FindExecutable(Cgroup cgroup, uint inode) =>
        _finder.TryFind(cgroup, inode, out var process) != ProcessSearchStatus.Found ? null
            : process.Executable is { Verified: true, Deleted: false } executable ? executable.Path
            : string.Empty;

    private AttestedSource Doubt(SocketLookupResult result, string what, long begun)
    {
        var failed = result.Status == SocketLookupStatus.Error;
        Count(failed ? _error : _unknown, begun);
        return AttestedSource.Unattested(failed ? $"the kernel could not be asked: {Errno.Describe(result.Errno)}" : what);
    }

    private void Count(Series result, long begun)
    {
        metrics.AttestationResults.Increment(shard, result);
        metrics.AttestationDuration.Record(shard, result, time.GetElapsedTime(begun));
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Without CAP_NET_ADMIN connection tracking cannot be asked: a local connection that shares its source port with another is refused.")]
    private partial void LogNoTracking();
}
