using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Files;
using NodeMesh.Daemon.Logging;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Identities;

/// <summary>
/// Keeps the identities and bundles in use the same as the files. A file that is wrong leaves in use what it replaced; the others change.
/// One per daemon, used by the directories' watchers, SIGHUP and the admin API; one load at a time, on the thread pool.
/// </summary>
internal sealed partial class IdentityLoader : IDisposable
{
    private readonly string _identities;
    private readonly string _bundles;
    private readonly Action<SvidSet, TrustBundleSet> _apply;
    private readonly ILogger _log;
    private readonly SerialLoad<bool> _loading;
    private volatile IdentityState _state = IdentityState.Empty;
    private byte[]? _applied;

    /// <param name="apply">Puts identities and bundles in use, or throws and leaves those before in use.</param>
    public IdentityLoader(string identities, string bundles, Action<SvidSet, TrustBundleSet> apply, ILogger<IdentityLoader> log)
    {
        _identities = identities;
        _bundles = bundles;
        _apply = apply;
        _log = log;
        _loading = new SerialLoad<bool>(Load);
    }

    public IdentityState State => _state;

    /// <summary>Looks at the files and uses what is new and right. True when something else is in use than before.</summary>
    public Task<bool> LoadAsync() => _loading.RunAsync();

    public void Dispose() => _loading.Dispose();

    private bool Load()
    {
        var before = _state;
        var (svids, identityProblems) = LoadSvids(before);
        var (bundles, bundleProblems) = LoadBundles(before);
        Report(_identities, before.IdentityProblems, identityProblems);
        Report(_bundles, before.BundleProblems, bundleProblems);
        _state = before with { IdentityProblems = identityProblems, BundleProblems = bundleProblems };

        var digest = Digest(svids, bundles);
        if (_applied is not null && digest.AsSpan().SequenceEqual(_applied))
        {
            return false;
        }

        try
        {
            _apply(svids, bundles);
        }
        catch (Exception e)
        {
            LogFailed(_log, e);
            return false;
        }

        _applied = digest;
        _state = _state with
        {
            Svids = svids,
            Bundles = bundles,
            Authorities = bundles.Bundles.ToFrozenDictionary(bundle => bundle.TrustDomain, BundleAuthority.Of),
        };
        var identityCount = Counted.Text(svids.Svids.Count, "identity", "identities");
        var bundleCount = Counted.Text(bundles.Bundles.Count, "trust bundle");
        LogApplied(_log, identityCount, bundleCount);
        return true;
    }

    private (SvidSet Svids, IReadOnlyList<FileProblem> Problems) LoadSvids(IdentityState before)
    {
        try
        {
            var svids = SvidDirectory.Load(_identities, before.Svids);
            return (svids, svids.Problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (before.Svids, [new FileProblem(".", e.Message)]);
        }
    }

    private (TrustBundleSet Bundles, IReadOnlyList<FileProblem> Problems) LoadBundles(IdentityState before)
    {
        try
        {
            return TrustBundleDirectory.Load(_bundles, before.Bundles);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (before.Bundles, [new FileProblem(".", e.Message)]);
        }
    }

    /// <summary>Logs what is newly wrong, once.</summary>
    private void Report(string directory, IReadOnlyList<FileProblem> before, IReadOnlyList<FileProblem> problems)
    {
        foreach (var problem in problems.Except(before))
        {
            LogProblem(_log, directory, problem.ToString());
        }
    }

    private static byte[] Digest(SvidSet svids, TrustBundleSet bundles)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var svid in svids.Svids.OrderBy(svid => svid.Id.ToString(), StringComparer.Ordinal))
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{svid.Id}\0{svid.Chain.Count}\0"));
            foreach (var certificate in svid.Chain)
            {
                digest.AppendData(certificate.Span);
            }
        }

        foreach (var bundle in bundles.Bundles.OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal))
        {
            digest.AppendData(Encoding.UTF8.GetBytes(bundle.TrustDomain.Name));
            digest.AppendData(bundle.ToJson());
        }

        return digest.GetHashAndReset();
    }
}
