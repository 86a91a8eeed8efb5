using System.Net;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// The servers that other names are asked of: a given list, or resolv.conf, looked at again when it has changed (at most every few
/// seconds). Shared by all forwards; thread-safe.
/// </summary>
internal sealed class UpstreamServers
{
    public const int MaxServers = 8;
    private const int DnsPort = 53;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly string? _path;
    private readonly IReadOnlyCollection<IPEndPoint> _own;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private volatile IReadOnlyList<IPEndPoint> _servers;
    private long _checked;
    private DateTime _modified;

    public UpstreamServers(DnsOptions options, IReadOnlyCollection<IPEndPoint> own, TimeProvider time)
    {
        _own = own;
        _time = time;
        _path = options.Upstreams is null ? options.ResolvConf : null;
        _servers = [.. (options.Upstreams ?? []).Where(s => !own.Contains(s))];
        if (_path is not null)
        {
            Read();
        }
    }

    public IReadOnlyList<IPEndPoint> Current
    {
        get
        {
            if (_path is not null && _time.GetElapsedTime(Volatile.Read(ref _checked)) >= CheckInterval && _reading.TryEnter())
            {
                try
                {
                    Read();
                }
                finally
                {
                    _reading.Exit();
                }
            }

            return _servers;
        }
    }

    /// <summary>The <c>nameserver</c> lines of resolv.conf(5), without those that are this server itself.</summary>
    public static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines, IReadOnlyCollection<IPEndPoint> own) =>
    [
        .. lines
            .Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 2 && string.Equals(words[0], "nameserver", StringComparison.Ordinal))
            .Select(words => IPAddress.TryParse(words[1], out var address) ? new IPEndPoint(address, DnsPort) : null)
            .OfType<IPEndPoint>()
            .Where(server => !own.Contains(server))
            .Distinct()
            .Take(MaxServers),
    ];

    private void Read()
    {
        Volatile.Write(ref _checked, _time.GetTimestamp());
        try
        {
            // The time of the file that a link leads to: resolv.conf often is one.
            var file = new FileInfo(_path!);
            var modified = (file.ResolveLinkTarget(returnFinalTarget: true) ?? file).LastWriteTimeUtc;
            if (modified != _modified)
            {
                _servers = Parse(File.ReadLines(_path!), _own);
                _modified = modified;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Being rewritten, or gone for a moment: what was known still holds, and the next check comes soon.
            _modified = default;
        }
    }
}
