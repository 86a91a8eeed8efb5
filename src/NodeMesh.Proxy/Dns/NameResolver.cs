using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// Finds the addresses of names outside the mesh for the daemon's own connects: hosts(5), then the upstream servers by marked sockets. Never by the
/// machine's resolver: where DNS is redirected that is this daemon, which would answer with the virtual address that the connect came by. One for
/// all loops; thread-safe. Works on the pool; answers are kept as long as they hold, and one look-up serves all who ask meanwhile.
/// </summary>
internal sealed class NameResolver(DnsOptions options, TimeProvider time)
{
    private const int MaxNames = 1024;

    /// <summary>A name that changes with every answer is not asked for with every connection.</summary>
    private static readonly TimeSpan MinKept = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MaxKept = TimeSpan.FromMinutes(5);

    /// <summary>For a whole look-up, over all servers.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly DnsForwarder _forwarder = new(options, new UpstreamServers(options, [.. options.Listen], time));
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();

    /// <exception cref="OperationCanceledException">The one who asked gave up; the look-up goes on for others.</exception>
    public Task<NameAnswer> ResolveAsync(string name, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(name, out var entry) || entry.Until <= time.GetUtcNow())
            {
                MakeRoom();
                entry = new Entry();
                entry.Answer = Task.Run(() => LookUpAsync(name, entry), CancellationToken.None);
                _entries[name] = entry;
            }

            return entry.Answer.WaitAsync(cancellation);
        }
    }

    private void MakeRoom()
    {
        if (_entries.Count >= MaxNames)
        {
            _entries.Remove(_entries.MinBy(entry => entry.Value.Until).Key);
        }
    }

    private async Task<NameAnswer> LookUpAsync(string name, Entry entry)
    {
        var kept = MinKept;
        try
        {
            var (answer, ttl) = await AskAllAsync(name);
            kept = TimeSpan.FromSeconds(Math.Clamp(ttl, MinKept.TotalSeconds, MaxKept.TotalSeconds));
            return answer;
        }
        finally
        {
            lock (_lock)
            {
                entry.Until = time.GetUtcNow() + kept;
            }
        }
    }

    private async Task<(NameAnswer Answer, uint Ttl)> AskAllAsync(string name)
    {
        try
        {
            IPAddress[] own = [.. HostsFile.Find(await File.ReadAllLinesAsync(options.Hosts), name)];
            if (own.Length > 0)
            {
                return (new NameAnswer(own, null), 0);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A machine without the file has no names of its own.
        }

        if (string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            // Never asked of a server (RFC 6761, section 6.3).
            return (new NameAnswer([IPAddress.Loopback, IPAddress.IPv6Loopback], null), 0);
        }

        if (!_forwarder.HasServers)
        {
            return (NameAnswer.Failed("there is no upstream DNS server to ask"), 0);
        }

        using var deadline = new CancellationTokenSource(Deadline, time);
        var both = await Task.WhenAll(AskAsync(name, DnsRecordType.A, deadline.Token), AskAsync(name, DnsRecordType.AAAA, deadline.Token));
        IPAddress[] addresses = [.. both.SelectMany(one => one.Answer.Addresses)];
        return addresses.Length > 0
            ? (new NameAnswer(addresses, null), both.Where(one => one.Answer.Failure is null).Min(one => one.Ttl))
            : (both[0].Answer.Failure is null ? NameAnswer.Failed("it has no address") : both[0].Answer, 0);
    }

    private async Task<(NameAnswer Answer, uint Ttl)> AskAsync(string name, DnsRecordType type, CancellationToken deadline)
    {
        var request = new byte[512];
        var length = DnsMessage.WriteQuery(request, name.TrimEnd('.'), type);
        if (length == 0 || DnsMessage.ParseQuery(request.AsSpan(0, length), out var query) != DnsQueryStatus.Accepted)
        {
            return (NameAnswer.Failed("it is no name that DNS can be asked for"), 0);
        }

        try
        {
            if (await _forwarder.ForwardAsync(request, query, deadline) is not { } response)
            {
                return (NameAnswer.Failed("no upstream DNS server answered in time"), 0);
            }

            var code = DnsMessage.ReadResponseCode(response);
            if (code != DnsResponseCode.NoError)
            {
                return (NameAnswer.Failed($"the upstream DNS server says {code}"), 0);
            }

            var addresses = new List<IPAddress>();
            var ttl = DnsMessage.ReadAddresses(response, query, addresses);
            addresses.RemoveAll(address => (address.AddressFamily == AddressFamily.InterNetwork) != (type == DnsRecordType.A));
            return (new NameAnswer(addresses, null), ttl);
        }
        catch (OperationCanceledException)
        {
            return (NameAnswer.Failed("no upstream DNS server answered in time"), 0);
        }
    }

    /// <summary>A name's answer, under way or kept. Changed under the lock.</summary>
    private sealed class Entry
    {
        public Task<NameAnswer> Answer { get; set; } = null!;

        /// <summary>While it is under way, for ever.</summary>
        public DateTimeOffset Until { get; set; } = DateTimeOffset.MaxValue;
    }
}
