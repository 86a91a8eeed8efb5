using NodeMesh.Controller.Options;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Controller.Authority;

/// <summary>
/// An authority that was made elsewhere and is given in files. It is rotated by replacing them: files that are right are in force within seconds, and those
/// that are not leave what was before them in force.
/// </summary>
internal sealed class GivenAuthority : IAuthority
{
    private readonly TrustDomain _trustDomain;
    private readonly AuthorityPaths _paths;
    private readonly string _bundlePath;
    private readonly TimeProvider _time;
    private string _stamp;
    private AuthorityFiles _files;

    /// <param name="bundlePath">Where the bundle is kept: its sequence has to go on over restarts.</param>
    /// <exception cref="AuthorityException">The files cannot be used.</exception>
    public GivenAuthority(AuthorityPaths paths, string bundlePath, TrustDomain trustDomain, TimeProvider time)
    {
        (_trustDomain, _paths, _bundlePath, _time) = (trustDomain, paths, bundlePath, time);
        _stamp = Stamp();
        _files = Load();
        Bundle = Publish(KeptBundle(), _files.Roots);
    }

    public TrustBundle Bundle { get; private set; }

    public AuthorityRoots Roots => new(_files.Issuing, _files.Root, null, [.. _files.Roots.Where(root => !root.Span.SequenceEqual(_files.Root.Span))]);

    public string? Problem { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id) => _files.Sign(request, id);

    public void Rotate(RotationStep step, Action begin) => throw new AuthorityException(
        $"this authority is given in files and rotated by replacing them: add the next root to {_paths.Roots}, replace {_paths.Certificate} and {_paths.Key} once every node has it, take the old root out a day later");

    public bool Refresh()
    {
        var stamp = Stamp();
        if (string.Equals(stamp, _stamp, StringComparison.Ordinal))
        {
            return false;
        }

        _stamp = stamp;
        try
        {
            var files = Load();
            Bundle = Publish(Bundle, files.Roots);
            _files = files;
            Problem = null;
            return true;
        }
        catch (AuthorityException exception)
        {
            Problem = exception.Message;
            return false;
        }
    }

    private AuthorityFiles Load() =>
        AuthorityFiles.Load(_trustDomain, _paths.Certificate, _paths.Key, _paths.Roots, CertificateAuthorityOptions.Default, _time);

    /// <summary>Changes with every replacement of a file, and with every rewriting.</summary>
    private string Stamp() => string.Join('|', new[] { _paths.Certificate, _paths.Key, _paths.Roots }.Select(StampOf));

    private static string StampOf(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? $"{file.ResolveLinkTarget(returnFinalTarget: true)?.FullName}:{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "none";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Links in a circle, or a file that was taken away this moment. Reading it says so to the operator.
            return exception.Message;
        }
    }

    private TrustBundle? KeptBundle()
    {
        try
        {
            return File.Exists(_bundlePath) ? TrustBundle.Parse(_trustDomain, File.ReadAllBytes(_bundlePath)) : null;
        }
        catch (Exception exception) when (exception is TrustBundleFormatException or IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"{_bundlePath}: {exception.Message}; remove it, and every node is told the bundle anew");
        }
    }

    private TrustBundle Publish(TrustBundle? before, IReadOnlyList<ReadOnlyMemory<byte>> roots)
    {
        if (before is not null && before.X509Authorities.Count == roots.Count && roots.All(root => before.X509Authorities.Any(known => known.Span.SequenceEqual(root.Span))))
        {
            return before;
        }

        var bundle = new TrustBundle(_trustDomain, roots, (before?.Sequence ?? 0) + 1, TrustBundle.DefaultRefreshHint);
        try
        {
            AtomicFile.Write(_bundlePath, bundle.ToJson(), AtomicFile.WorldReadable);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"{_bundlePath} cannot be written: {exception.Message}");
        }

        return bundle;
    }
}
