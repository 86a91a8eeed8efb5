using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Controller.Authority;

/// <summary>An authority that the controller itself made and keeps, in a directory.</summary>
internal sealed class KeptAuthority : IAuthority
{
    private readonly AuthorityDirectory _directory;

    /// <summary>Opens the authority of a directory, or makes one where there is none.</summary>
    /// <exception cref="AuthorityException">It cannot be used.</exception>
    public KeptAuthority(string path, TrustDomain trustDomain, TimeProvider time)
    {
        _directory = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()
            ? AuthorityDirectory.Open(path, time: time)
            : AuthorityDirectory.Init(path, trustDomain, time: time);
        if (_directory.TrustDomain != trustDomain)
        {
            throw new AuthorityException($"{path}: this is the authority of {_directory.TrustDomain}, but the controller's trust domain is {trustDomain}");
        }
    }

    public TrustBundle Bundle => _directory.Bundle!;

    public AuthorityRoots Roots
    {
        get
        {
            var rotation = _directory.Rotation;
            return new AuthorityRoots(
                rotation.Active.Issuing.Certificate, rotation.Active.Root.Certificate, rotation.Prepared?.Root.Certificate, rotation.Retiring);
        }
    }

    public string? Problem => null;

    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id) => _directory.Sign(request, id);

    public void Rotate(RotationStep step, Action begin)
    {
        switch (step)
        {
            case RotationStep.Prepare:
                _directory.PrepareNext(begin);
                break;
            case RotationStep.Activate:
                _directory.ActivateNext(begin);
                break;
            default:
                _directory.RetireOld(begin);
                break;
        }
    }

    public bool Refresh() => false;
}
