using Google.Protobuf;
using Microsoft.Extensions.Logging;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Catalog;

namespace NodeMesh.Controller.Authority;

/// <summary>
/// The mesh's certificate authority and the controller's own identity from it. Signs one request at a time; publishes the bundle to the nodes whenever
/// it changes. Thread-safe; one per controller.
/// </summary>
internal sealed partial class ControllerAuthority : IDisposable
{
    /// <summary>How often files that were made elsewhere are looked at.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly IAuthority _authority;
    private readonly ResourceCatalog _bundles;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private volatile X509Svid _own;
    private volatile TrustBundle _bundle;

    /// <exception cref="AuthorityException">It cannot be used.</exception>
    public ControllerAuthority(IAuthority authority, ResourceCatalog bundles, TimeProvider time, ILogger<ControllerAuthority> log)
    {
        (_authority, _bundles, _time, _log) = (authority, bundles, time, log);
        _bundle = authority.Bundle;
        _own = IssueOwn();
        Publish();
        _timer = time.CreateTimer(_ => Refresh(), null, Look, Look);
    }

    public TrustDomain TrustDomain => _bundle.TrustDomain;

    public TrustBundle Bundle => _bundle;

    public AuthorityRoots Roots
    {
        get
        {
            lock (_gate)
            {
                return _authority.Roots;
            }
        }
    }

    /// <summary>Why the authority is not the one that is wanted; null when it is.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                return _authority.Problem;
            }
        }
    }

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
                return ReferenceEquals(own, _own) ? _own = NextOwn() : _own;
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
            return _authority.Sign(request, id);
        }
    }

    /// <summary>Takes the next step of a rotation of the root.</summary>
    /// <param name="begin">Called once the step is known to be allowed and before anything of it is kept; an exception of it gives the step up.</param>
    /// <exception cref="AuthorityException">It is not the time for this step.</exception>
    public void Rotate(RotationStep step, Action begin)
    {
        lock (_gate)
        {
            _authority.Rotate(step, begin);
            TakeOver();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Refresh()
    {
        lock (_gate)
        {
            var problem = _authority.Problem;
            if (_authority.Refresh())
            {
                TakeOver();
                LogReplaced(_bundle.Sequence ?? 0);
            }
            else if (_authority.Problem is { } found && !string.Equals(found, problem, StringComparison.Ordinal))
            {
                LogProblem(found);
            }
        }
    }

    private void TakeOver()
    {
        _bundle = _authority.Bundle;
        Publish();
        _own = NextOwn();
    }

    /// <summary>The one before serves to its end where there cannot be another, as on a full disk: nodes and operators get in meanwhile.</summary>
    private X509Svid NextOwn()
    {
        try
        {
            return IssueOwn();
        }
        catch (AuthorityException exception) when (_time.GetUtcNow() < _own.NotAfter)
        {
            LogNotIssued(_own.NotAfter, exception.Message);
            return _own;
        }
    }

    private X509Svid IssueOwn()
    {
        var request = CertificateSigningRequest.Create(MeshIds.Controller(TrustDomain));
        var own = request.Complete(_authority.Sign(request.Der, request.Id));
        LogIssued(own.Id, own.NotAfter);
        return own;
    }

    private void Publish()
    {
        var message = new Xds.Protocol.TrustBundle { Jwks = ByteString.CopyFrom(_bundle.ToJson()) };
        _bundles.Apply((long)(_bundle.Sequence ?? 1), [new CatalogChange(_bundle.TrustDomain.Name, message.ToByteString())]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The files of the authority were replaced; trust bundle {Sequence} is published")]
    private partial void LogReplaced(ulong sequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "The files of the authority are not used, those before them stay in force: {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The controller cannot renew its own certificate, which ends at {NotAfter:u}: {Problem}")]
    private partial void LogNotIssued(DateTimeOffset notAfter, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The controller is {Id} until {NotAfter:u}")]
    private partial void LogIssued(SpiffeId id, DateTimeOffset notAfter);
}
