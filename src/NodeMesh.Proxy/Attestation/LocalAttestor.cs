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
/// socket is not shared. A look-up takes microseconds; only a selector by executable, which must walk /proc, leaves the loop for it.
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
    /// The address and port of the client's own socket. NAT may have changed the port of a captured connection, since all of them end at the
    /// same listener; only connection tracking knows the true one, and answers with CAP_NET_ADMIN alone. Without it the port is taken as it
    /// came: a connection whose port was changed then belongs to nobody, and is refused.
    /// </summary>
    /// <param name="local">The listener's end of the accepted socket.</param>
    /// <param name="peer">The client's end, as accepted.</param>
    public IpEndpoint FindSource(IpEndpoint local, IpEndpoint peer)
    {
        if (_tracking is null)
        {
            return peer;
        }

        var result = _tracking.TryFindSource(local, peer, out var source);
        if (result.IsFound)
        {
            return source;
        }

        if (result.Errno == Errno.EPERM)
        {
            LogNoTracking();
            _tracking.Dispose();
            _tracking = null;
        }

        return peer;
    }

    /// <summary>The workload behind the connection from <paramref name="client"/> that was going to <paramref name="destination"/>.</summary>
    public ValueTask<AttestedSource> AttestAsync(MeshSnapshot snapshot, IpEndpoint client, IpEndpoint destination)
    {
        var begun = time.GetTimestamp();
        var result = _diagnostics.TryFind(client, destination, out var owner);
        if (!result.IsFound || owner.Uid == SocketOwner.NoUid)
        {
            Count(result.Status == SocketLookupStatus.Error ? _error : _unknown, begun);
            return new ValueTask<AttestedSource>(AttestedSource.Unknown);
        }

        cgroups.TryResolve(owner.CgroupId, out var cgroup);
        var facts = new ProcessFacts(owner.Uid, cgroup?.Path, cgroup?.Unit?.Name);
        var match = snapshot.Match(facts);
        if (match.NeedsExecutable)
        {
            return WithExecutableAsync(snapshot, owner, cgroup, facts, begun);
        }

        Count(match.Workload is null ? _unmatched : _matched, begun);
        return new ValueTask<AttestedSource>(new AttestedSource(match.Workload, facts.Uid, facts.CgroupPath));
    }

    /// <summary>True when no process holds the client's socket any more. Only for one whose owner was known before.</summary>
    public bool IsAbandoned(IpEndpoint client, IpEndpoint destination) =>
        _diagnostics.TryFind(client, destination, out _).Status is SocketLookupStatus.NotFound or SocketLookupStatus.Unknown;

    public void Dispose()
    {
        _diagnostics.Dispose();
        _tracking?.Dispose();
    }

    private async ValueTask<AttestedSource> WithExecutableAsync(
        MeshSnapshot snapshot, SocketOwner owner, Cgroup? cgroup, ProcessFacts facts, long begun)
    {
        // Off the loop: it reads /proc/PID/fd of every process of the cgroup. The await comes back to the loop.
        var executable = cgroup is null ? string.Empty : await Task.Run(() => FindExecutable(cgroup, owner.Inode));
        var match = snapshot.Match(facts with { Executable = executable });
        Debug.Assert(!match.NeedsExecutable, "the executable was given");
        Count(match.Workload is null ? _unmatched : _matched, begun);
        return new AttestedSource(match.Workload, facts.Uid, facts.CgroupPath);
    }

    /// <summary>Empty when it cannot be told for certain: then no selector that asks for it matches.</summary>
    private string FindExecutable(Cgroup cgroup, uint inode) =>
        _finder.TryFind(cgroup, inode, out var process) == ProcessSearchStatus.Found && process.Executable is { Verified: true, Deleted: false } executable
            ? executable.Path
            : string.Empty;

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
