using Google.Protobuf;
using Microsoft.Extensions.Logging;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Authority;

/// <summary>
/// The mesh's certificate authority and the controller's own identity from it. Signs one request at a time; publishes the bundle to the nodes whenever
/// it changes. Thread-safe; one per controller.
/// </summary>
internal sealed partial class ControllerAuthority
{
    private readonly Lock _gate = new();
    private readonly AuthorityDirectory _directory;
    private readonly ResourceCatalog _bundles;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private volatile X509Svid _own;
    private volatile TrustBundle _bundle;

    /// <summary>Opens the authority of a directory, or makes one where there is none.</summary>
    /// <exception cref="AuthorityException">It cannot be used.</exception>
    public ControllerAuthority(string path, TrustDomain trustDomain, ResourceCatalog bundles, TimeProvider time, ILogger<ControllerAuthority> log)
    {
        _time = time;
        _log = log;
        _bundles = bundles;
        _directory = Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()
            ? AuthorityDirectory.Open(path, time: time)
            : AuthorityDirectory.Init(path, trustDomain, time: time);
        if (_directory.TrustDomain != trustDomain)
        {
            throw new AuthorityException($"{path}: this is the authority of {_directory.TrustDomain}, but the controller's trust domain is {trustDomain}");
        }

        _own = IssueOwn();
        _bundle = _directory.Bundle!;
        Publish();
    }

    public TrustDomain TrustDomain => _directory.TrustDomain;

    public TrustBundle Bundle => _bundle;

    public AuthorityRotation Rotation => _directory.Rotation;

    /// <summary>The controller's own identity, replaced at half its life.</summary>
    public X509Svid Own
    {
        get
        {
            var own = _own;
            if (_time.GetUtcNow() - own.NotBefore < (own.NotAfter - own.NotBefore) / 2)
            {
                return own;
            }

            lock (_gate)
            {
                return ReferenceEquals(own, _own) ? _own = IssueOwn() : _own;
            }
        }
    }

    /// <summary>Signs a request for exactly this identity.</summary>
    /// <exception cref="CertificateRequestRefusedException">The request is for another, or is wrong.</exception>
    /// <exception cref="AuthorityException">The authority cannot sign.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id)
    {
        lock (_gate)
        {
            return _directory.Sign(request, id);
        }
    }

    /// <summary>Takes the next step of a rotation of the root.</summary>
    /// <exception cref="AuthorityException">It is not the time for this step.</exception>
    public void Rotate(Action<AuthorityDirectory> step)
    {
        lock (_gate)
        {
            step(_directory);
            _bundle = _directory.Bundle!;
            _own = IssueOwn();
            Publish();
        }
    }

    private X509Svid IssueOwn()
    {
        var request = CertificateSigningRequest.Create(MeshIds.Controller(_directory.TrustDomain));
        var own = request.Complete(_directory.Sign(request.Der, request.Id));
        LogIssued(own.Id, own.NotAfter);
        return own;
    }

    private void Publish()
    {
        var message = new Xds.Protocol.TrustBundle { Jwks = ByteString.CopyFrom(_bundle.ToJson()) };
        _bundles.Apply((long)(_bundle.Sequence ?? 1), [new CatalogChange(_bundle.TrustDomain.Name, message.ToByteString())]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The controller is {Id} until {NotAfter:u}")]
    private partial void LogIssued(SpiffeId id, DateTimeOffset notAfter);
}
