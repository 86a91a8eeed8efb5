using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.EndToEnd.Tests.Mesh;

/// <summary>The certificate authority of a test's trust domain, in a temporary directory of its own.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nodemesh-ca-").FullName;
    private readonly AuthorityDirectory _authority;

    public TestAuthority(string trustDomain)
    {
        TrustDomain = TrustDomain.Parse(trustDomain);
        _authority = AuthorityDirectory.Init(Path.Combine(_directory, "ca"), TrustDomain);
    }

    public TrustDomain TrustDomain { get; }

    /// <summary>The root, PEM: for peers that are not ours.</summary>
    public string RootFile => Path.Combine(_authority.Path, "root.crt");

    /// <summary>Issues NAME.crt and NAME.key into a directory.</summary>
    public void Issue(SpiffeId id, string directory, string name) => _authority.Issue(id, directory, name);

    /// <summary>Writes the trust bundle into a directory.</summary>
    public void WriteBundle(string directory) => _authority.ExportBundle(directory);

    /// <summary>The issuing authority with its key: to sign what the authority itself would refuse to.</summary>
    public X509Certificate2 LoadIssuing() =>
        X509Certificate2.CreateFromPemFile(Path.Combine(_authority.Path, "issuing.crt"), Path.Combine(_authority.Path, "issuing.key"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
