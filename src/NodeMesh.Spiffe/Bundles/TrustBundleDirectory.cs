using System.Diagnostics.CodeAnalysis;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>Reads the bundles of a directory: each is a file <c>trust-domain.json</c>, whose name says which domain it is for. Stateless.</summary>
public static class TrustBundleDirectory
{
    public const string Extension = ".json";

    /// <summary>
    /// Loads every bundle. A broken one is reported and does not keep the others from being used; where <paramref name="previous"/> has a bundle of
    /// that domain, it stays in use. A domain whose file is gone is no longer trusted.
    /// </summary>
    /// <exception cref="IOException">The directory itself cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory itself may not be read.</exception>
    public static (TrustBundleSet Bundles, IReadOnlyList<FileProblem> Problems) Load(string directory, TrustBundleSet? previous = null)
    {
        var bundles = new Dictionary<TrustDomain, TrustBundle>();
        var problems = new List<FileProblem>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + Extension).Order(StringComparer.Ordinal))
        {
            var fileName = Path.GetFileName(path);
            if (fileName.StartsWith('.'))
            {
                continue;
            }

            if (!TryReadName(path, out var trustDomain, out var problem))
            {
                problems.Add(new FileProblem(fileName, $"the file name is not <trust domain>{Extension}: {problem}"));
            }
            else if (bundles.ContainsKey(trustDomain))
            {
                problems.Add(new FileProblem(fileName, $"another file is already the bundle of {trustDomain}; bundles are never merged"));
            }
            else if (LoadFile(path, trustDomain, problems) is { } bundle)
            {
                bundles.Add(trustDomain, bundle);
            }
            else if (previous is not null && previous.TryGet(trustDomain, out var kept))
            {
                bundles.Add(trustDomain, kept);
            }
        }

        return (new TrustBundleSet(bundles.Values), problems);
    }

    /// <summary>Which domain a bundle is for, by the name of its file.</summary>
    public static bool TryReadName(string path, [NotNullWhen(true)] out TrustDomain? trustDomain, [NotNullWhen(false)] out string? problem)
    {
        var name = Path.GetFileName(path.AsSpan());
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
        {
            (trustDomain, problem) = (null, $"it does not end in {Extension}");
            return false;
        }

        return TrustDomain.TryParse(name[..^Extension.Length], out trustDomain, out problem);
    }

    private static TrustBundle? LoadFile(string path, TrustDomain trustDomain, List<FileProblem> problems)
    {
        try
        {
            return TrustBundle.Parse(trustDomain, AtomicFile.Read(path, TrustBundleReader.MaxLength));
        }
        catch (Exception e) when (e is TrustBundleFormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new FileProblem(Path.GetFileName(path), e.Message));
            return null;
        }
    }
}
