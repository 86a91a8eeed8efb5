using System.Security.Cryptography;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Certificates and keys as files, for programs that want them so. The directory goes with it.</summary>
internal sealed class PemFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nodemesh-tls-");

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>The leaf as openssl's arguments.</summary>
    public string[] Arguments(TestLeaf leaf)
    {
        var name = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf(name + ".crt"), leaf.CertificatePem);
        File.WriteAllText(PathOf(name + ".key"), leaf.KeyPem);
        return ["-cert", PathOf(name + ".crt"), "-cert_chain", PathOf(name + ".crt"), "-key", PathOf(name + ".key")];
    }

    public string Root(TestAuthority authority)
    {
        File.WriteAllText(PathOf("root.crt"), authority.Root.ExportCertificatePem());
        return PathOf("root.crt");
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
