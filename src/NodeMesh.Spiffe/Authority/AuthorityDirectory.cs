using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// A certificate authority in files, for a mesh without a controller: <c>root.key/.crt</c>, <c>issuing.key/.crt</c>, the bundle
/// <c>trust-domain.json</c>, and during a rotation <c>next/</c> or <c>retiring.crt</c>. Used by one process of the operator at a time, on one thread.
/// </summary>
/// <remarks>
/// Every change of several files is first written beside them and then put in force by one rename of a directory to <c>activating/</c>; whoever opens
/// the authority after a crash finishes the move. The bundle is derived from the rest, and made anew when it does not agree.
/// </remarks>
public sealed class AuthorityDirectory
{
    private const string RootName = "root";
    private const string IssuingName = "issuing";
    private const string NextDirectory = "next";
    private const string ActivatingDirectory = "activating";
    private const string StagingDirectory = "staging";
    private const string RetiringFile = "retiring.crt";

    private readonly CertificateAuthorityOptions _options;
    private readonly TimeProvider _time;

    private AuthorityDirectory(string path, AuthorityRotation rotation, CertificateAuthorityOptions options, TimeProvider time)
    {
        Path = path;
        Rotation = rotation;
        _options = options;
        _time = time;
        Bundle = LoadBundle(path, rotation.TrustDomain);
        PublishBundle();
    }

    public string Path { get; }

    public TrustDomain TrustDomain => Rotation.TrustDomain;

    /// <summary>Which roots are active, prepared and retiring.</summary>
    public AuthorityRotation Rotation { get; private set; }

    /// <summary>What peers are to trust, as in the bundle file.</summary>
    public TrustBundle? Bundle { get; private set; }

    /// <summary>Makes a new authority. The directory is created with mode 0700, or must be empty of an authority and have that mode.</summary>
    /// <exception cref="AuthorityException">There is an authority already, or the directory cannot be used.</exception>
    public static AuthorityDirectory Init(string path, TrustDomain trustDomain, CertificateAuthorityOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        var fullPath = System.IO.Path.GetFullPath(path);
        return Guard(fullPath, () =>
        {
            Directory.CreateDirectory(fullPath, AtomicFile.OwnerOnlyDirectory);
            CheckMode(fullPath);
            foreach (var name in new[] { "root.key", "root.crt", "issuing.key", "issuing.crt", RetiringFile, NextDirectory, ActivatingDirectory })
            {
                if (System.IO.Path.Exists(System.IO.Path.Combine(fullPath, name)))
                {
                    throw new AuthorityException($"there is an authority already ({name}); it is not overwritten: choose another directory, or rotate it");
                }
            }

            Stage(fullPath, AuthorityGeneration.Create(trustDomain, options ?? CertificateAuthorityOptions.Default, time ?? TimeProvider.System));
            Directory.Move(In(fullPath, StagingDirectory), In(fullPath, ActivatingDirectory));
            return Open(fullPath, options, time);
        });
    }

    /// <summary>Opens an authority, and finishes a step that a crash cut short.</summary>
    /// <exception cref="AuthorityException">There is none, it is broken, or others can read its keys.</exception>
    public static AuthorityDirectory Open(string path, CertificateAuthorityOptions? options = null, TimeProvider? time = null)
    {
        var fullPath = System.IO.Path.GetFullPath(path);
        var usedOptions = options ?? CertificateAuthorityOptions.Default;
        var usedTime = time ?? TimeProvider.System;
        return Guard(fullPath, () =>
        {
            if (!Directory.Exists(fullPath))
            {
                throw new AuthorityException("there is no such directory; nodemeshctl ca init makes an authority");
            }

            CheckMode(fullPath);
            FinishActivation(fullPath);
            return new AuthorityDirectory(fullPath, LoadRotation(fullPath, usedOptions, usedTime), usedOptions, usedTime);
        });
    }

    /// <summary>
    /// Issues an SVID with a new key as <c>fileName.crt</c> and <c>fileName.key</c>, replacing those of that name. The issuing authority is renewed
    /// first when it would end before the SVID.
    /// </summary>
    /// <exception cref="AuthorityException">The identity is not of this trust domain, or the files cannot be written.</exception>
    public X509Svid Issue(SpiffeId id, string outputDirectory, string fileName, TimeSpan? lifetime = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        if (fileName.Contains('/', StringComparison.Ordinal) || fileName.StartsWith('.'))
        {
            throw new AuthorityException($"{QuotedText.Of(fileName)} is not a plain file name, without '/' and not beginning with '.'");
        }

        return Guard(Path, () =>
        {
            var issuing = RenewIssuingBefore(_time.GetUtcNow() + (lifetime ?? _options.LeafLifetime));
            var request = CertificateSigningRequest.Create(id);
            var svid = request.Complete(issuing.Sign(request.Der.Span, id, lifetime));
            // What peers will check is checked here, so that files that do not fit together are noticed by the operator and not by the mesh.
            var validation = new SvidValidator(new TrustBundleSet([Bundle!]), _time).Validate(svid.Chain, id);
            if (!validation.IsValid)
            {
                throw new AuthorityException($"the files of the authority do not fit together: {validation.Detail}");
            }

            Directory.CreateDirectory(outputDirectory);
            svid.Save(In(outputDirectory, fileName + ".crt"), In(outputDirectory, fileName + ".key"));
            return svid;
        });
    }

    /// <summary>Signs a request of whoever may have the identity. The issuing authority is renewed first when it would end before the SVID.</summary>
    /// <returns>Certificates in DER, leaf first.</returns>
    /// <exception cref="CertificateRequestRefusedException">The request is not for exactly this identity, or does not prove its key.</exception>
    /// <exception cref="AuthorityException">The authority cannot sign.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id, TimeSpan? lifetime = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Guard(Path, () => RenewIssuingBefore(_time.GetUtcNow() + (lifetime ?? _options.LeafLifetime)).Sign(request.Span, id, lifetime));
    }

    /// <summary>Writes the bundle as <c>trust-domain.json</c> into another directory, and gives its path.</summary>
    /// <exception cref="AuthorityException">It cannot be written.</exception>
    public string ExportBundle(string outputDirectory) => Guard(outputDirectory, () =>
    {
        Directory.CreateDirectory(outputDirectory);
        var path = In(outputDirectory, BundleName(TrustDomain));
        AtomicFile.Write(path, Bundle!.ToJson(), AtomicFile.WorldReadable);
        return path;
    });

    /// <summary>First step of a rotation: makes the next root and lists it in the bundle, which is then to reach every peer.</summary>
    /// <param name="begin">Called once the step is known to be allowed and before anything of it is kept; an exception of it gives the step up.</param>
    /// <exception cref="AuthorityException">A rotation is under way already.</exception>
    public void PrepareNext(Action? begin = null) => Guard(Path, () =>
    {
        var next = AuthorityGeneration.Create(TrustDomain, _options, _time);
        var prepared = Rotation.Prepare(next);
        begin?.Invoke();
        Stage(Path, next);
        Directory.Move(In(Path, StagingDirectory), In(Path, NextDirectory));
        return Advance(prepared);
    });

    /// <summary>Second step: the next root signs from now on; the old one stays in the bundle while its SVIDs live.</summary>
    /// <inheritdoc cref="PrepareNext" path="/param"/>
    /// <exception cref="AuthorityException">None is prepared.</exception>
    public void ActivateNext(Action? begin = null) => Guard(Path, () =>
    {
        var activated = Rotation.Activate();
        begin?.Invoke();
        AtomicFile.WriteText(In(Path, RetiringFile), Pem.WriteCertificates(activated.Retiring), AtomicFile.WorldReadable);
        Directory.Move(In(Path, NextDirectory), In(Path, ActivatingDirectory));
        FinishActivation(Path);
        return Advance(activated);
    });

    /// <summary>Last step: takes the old root out of the bundle. SVIDs that it signed stop working where the new bundle arrives.</summary>
    /// <inheritdoc cref="PrepareNext" path="/param"/>
    /// <exception cref="AuthorityException">There is no old root.</exception>
    public void RetireOld(Action? begin = null) => Guard(Path, () =>
    {
        var retired = Rotation.Retire();
        begin?.Invoke();
        File.Delete(In(Path, RetiringFile));
        return Advance(retired);
    });

    private CertificateAuthority RenewIssuingBefore(DateTimeOffset needed)
    {
        var (root, issuing) = Rotation.Active;
        // Below a root that itself ends first, a new issuing authority would win nothing.
        if (issuing.NotAfter >= needed || issuing.NotAfter >= root.NotAfter)
        {
            return issuing;
        }

        var renewed = root.CreateIssuing();
        Stage(Path, Rotation.Active with { Issuing = renewed });
        Directory.Move(In(Path, StagingDirectory), In(Path, ActivatingDirectory));
        FinishActivation(Path);
        Rotation = Rotation with { Active = Rotation.Active with { Issuing = renewed } };
        return renewed;
    }

    private bool Advance(AuthorityRotation rotation)
    {
        Rotation = rotation;
        return PublishBundle();
    }

    private bool PublishBundle()
    {
        var roots = Rotation.Roots;
        if (Bundle is not null && Bundle.X509Authorities.Count == roots.Count && roots.All(r => Bundle.Contains(r.Span)))
        {
            return false;
        }

        Bundle = Rotation.MakeBundle(Bundle);
        AtomicFile.Write(In(Path, BundleName(TrustDomain)), Bundle.ToJson(), AtomicFile.WorldReadable);
        return true;
    }

    private static AuthorityRotation LoadRotation(string path, CertificateAuthorityOptions options, TimeProvider time)
    {
        var active = LoadGeneration(path, options, time);
        var next = Directory.Exists(In(path, NextDirectory)) ? LoadGeneration(In(path, NextDirectory), options, time) : null;
        var retiringPath = In(path, RetiringFile);
        var retiring = File.Exists(retiringPath) ? Pem.ReadCertificates(AtomicFile.Read(retiringPath, Pem.MaxFileLength)) : [];
        // A crash between writing this file and activating the next root leaves the active one in it.
        retiring.RemoveAll(root => root.Span.SequenceEqual(active.Root.Certificate.Span));
        return new AuthorityRotation(active, next, retiring);
    }

    private static AuthorityGeneration LoadGeneration(string path, CertificateAuthorityOptions options, TimeProvider time) =>
        new(LoadAuthority(path, RootName, options, time), LoadAuthority(path, IssuingName, options, time));

    private static CertificateAuthority LoadAuthority(string path, string name, CertificateAuthorityOptions options, TimeProvider time)
    {
        try
        {
            var certificate = Pem.ReadCertificates(AtomicFile.Read(In(path, name + ".crt"), Pem.MaxFileLength))[0];
            var key = Pem.ReadPrivateKey(AtomicFile.ReadPrivate(In(path, name + ".key"), Pem.MaxFileLength));
            return CertificateAuthority.Load(certificate.Span, key, options, time);
        }
        catch (Exception e) when (e is AuthorityException or InvalidDataException)
        {
            throw new AuthorityException($"{name}.crt and {name}.key: {e.Message}");
        }
        catch (FileNotFoundException e)
        {
            throw new AuthorityException(
                $"{System.IO.Path.GetFileName(e.FileName)} is missing; restore it from a backup, or make an authority with nodemeshctl ca init");
        }
    }

    private static TrustBundle? LoadBundle(string path, TrustDomain trustDomain)
    {
        var file = In(path, BundleName(trustDomain));
        return File.Exists(file) ? TrustBundle.Parse(trustDomain, AtomicFile.Read(file, TrustBundleReader.MaxLength)) : null;
    }

    private static void Stage(string path, AuthorityGeneration generation)
    {
        var staging = In(path, StagingDirectory);
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(staging, AtomicFile.OwnerOnlyDirectory);
        generation.Root.Save(In(staging, "root.crt"), In(staging, "root.key"));
        generation.Issuing.Save(In(staging, "issuing.crt"), In(staging, "issuing.key"));
    }

    private static void FinishActivation(string path)
    {
        var activating = In(path, ActivatingDirectory);
        if (!Directory.Exists(activating))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(activating))
        {
            File.Move(file, In(path, System.IO.Path.GetFileName(file)), overwrite: true);
        }

        Directory.Delete(activating);
    }

    private static void CheckMode(string path)
    {
        var mode = File.GetUnixFileMode(path);
        if ((mode & ~AtomicFile.OwnerOnlyDirectory) != UnixFileMode.None)
        {
            throw new AuthorityException($"the directory has the permissions {AtomicFile.Octal(mode)}; keys of an authority need chmod 700");
        }
    }

    private static string BundleName(TrustDomain trustDomain) => trustDomain.Name + TrustBundleDirectory.Extension;

    private static string In(string directory, string name) => System.IO.Path.Combine(directory, name);

    private static T Guard<T>(string path, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (AuthorityException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new AuthorityException($"{path}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or TrustBundleFormatException)
        {
            throw new AuthorityException($"{path}: {e.Message}");
        }
    }
}
