using NodeMesh.Spiffe.Files;

namespace NodeMesh.Spiffe.Svids;

/// <summary>
/// Reads the SVIDs of a directory: each is a pair <c>name.crt</c> (PEM chain, leaf first) and <c>name.key</c> (PKCS#8, mode 0600).
/// Stateless: what must survive a reload comes in as the previous set.
/// </summary>
public static class SvidDirectory
{
    private const string CertificateExtension = ".crt";
    private const string KeyExtension = ".key";

    /// <summary>
    /// Loads every pair. A broken one is reported and does not keep the others from being used. Where <paramref name="previous"/> has an SVID of
    /// the same file name, that one stays in use: a renewal that went wrong, or is seen between its two files, must not take a working
    /// identity away. A pair whose files are both gone is withdrawn.
    /// </summary>
    /// <exception cref="IOException">The directory itself cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory itself may not be read.</exception>
    public static SvidSet Load(string directory, SvidSet? previous = null)
    {
        var loaded = new Dictionary<string, X509Svid>(StringComparer.Ordinal);
        var problems = new List<FileProblem>();
        foreach (var name in ListPairs(directory))
        {
            if (LoadPair(directory, name, problems) is { } svid)
            {
                loaded.Add(name, svid);
            }
            else if (previous is not null && previous.ByFile.TryGetValue(name, out var kept))
            {
                loaded.Add(name, kept);
            }
        }

        return new SvidSet(loaded, problems);
    }

    private static SortedSet<string> ListPairs(string directory)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory))
        {
            var name = Path.GetFileName(path);
            if (!name.StartsWith('.') && Path.GetExtension(name) is CertificateExtension or KeyExtension)
            {
                names.Add(Path.GetFileNameWithoutExtension(name));
            }
        }

        return names;
    }

    private static X509Svid? LoadPair(string directory, string name, List<FileProblem> problems)
    {
        var certificate = Path.Combine(directory, name + CertificateExtension);
        var key = Path.Combine(directory, name + KeyExtension);
        foreach (var (missing, present) in new[] { (certificate, key), (key, certificate) })
        {
            if (!File.Exists(missing))
            {
                problems.Add(new FileProblem(Path.GetFileName(present), $"{Path.GetFileName(missing)} is missing beside it"));
                return null;
            }
        }

        try
        {
            return X509Svid.Load(certificate, key);
        }
        catch (Exception e) when (e is X509SvidException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new FileProblem($"{name}{CertificateExtension} and {name}{KeyExtension}", e.Message));
            return null;
        }
    }
}
