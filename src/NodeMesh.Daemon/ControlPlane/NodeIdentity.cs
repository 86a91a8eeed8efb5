using System.Security.Cryptography;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// The node's own identity and what it trusts, in files: got with a token once, replaced at half its life from then on. Its key is made here and stays
/// here. Used by one loop of the daemon at a time.
/// </summary>
internal sealed class NodeIdentity
{
    private const string FileName = "node";

    private readonly string _state;
    private readonly string _bundles;
    private readonly string _node;
    private readonly TimeProvider _time;

    /// <param name="state">Where the identity is kept.</param>
    /// <param name="bundles">Where trust bundles are kept.</param>
    /// <param name="node">The node's name.</param>
    public NodeIdentity(string state, string bundles, string node, TimeProvider time)
    {
        (_state, _bundles, _node, _time) = (state, bundles, node, time);
        Directory.CreateDirectory(state, AtomicFile.OwnerOnlyDirectory);
        if (File.Exists(CertificatePath))
        {
            Svid = X509Svid.Load(CertificatePath, KeyPath);
        }
    }

    /// <summary>Null before the node has joined.</summary>
    public X509Svid? Svid { get; private set; }

    public bool IsToBeRenewed => Svid is { } svid && _time.GetUtcNow() >= RenewalTime.Of(svid);

    private string CertificatePath => Path.Combine(_state, FileName + ".crt");

    private string KeyPath => Path.Combine(_state, FileName + ".key");

    /// <summary>The bundle of the node's trust domain.</summary>
    /// <exception cref="ControlPlaneException">There is none.</exception>
    public TrustBundle Bundle()
    {
        var trustDomain = Svid!.Id.TrustDomain;
        var (set, problems) = TrustBundleDirectory.Load(_bundles, TrustBundleSet.Empty);
        return set.TryGet(trustDomain, out var bundle)
            ? bundle
            : throw new ControlPlaneException($"there is no trust bundle of {trustDomain} in {_bundles}{(problems.Count > 0 ? $": {problems[0]}" : "")}");
    }

    /// <summary>Joins: the controller proves itself by the fingerprint in the token, then the token is shown to it.</summary>
    /// <exception cref="ControlPlaneException">The token is none, the controller is not the one it names, or refuses.</exception>
    public async Task JoinAsync(string token, string address, uint mark, CancellationToken cancellation)
    {
        if (!JoinTokenText.TryRead(token, out var secret, out var fingerprint))
        {
            throw new ControlPlaneException("the token is no join token (nmj1. ...); make one with nodemeshctl node token create");
        }

        // The bundle is public: anybody may tell it, and the fingerprint says whether it is the one.
        SpiffeId? claimed = null;
        byte[] told;
        using (var stranger = new ControllerLink(
            address, chain => SvidValidator.TryReadClaim(chain[0].Span, out claimed) ? null : "its certificate names no SPIFFE ID", null, mark))
        {
            told = await stranger.GetAsync("/v1/bundle", cancellation);
        }

        var anchor = Trusted(told, claimed!.TrustDomain, fingerprint, address);
        using var controller = new ControllerLink(address, ControllerLink.TrustedBy(anchor, _time), null, mark);
        var bundle = Parse(await controller.GetAsync("/v1/bundle", cancellation), anchor.TrustDomain, address);
        var request = CertificateSigningRequest.Create(MeshIds.Node(bundle.TrustDomain, _node));
        var answer = await controller.PostAsync(
            "/v1/join", new JoinMessage(secret, request.Der.ToArray()), EnrollmentJson.Form.JoinMessage, cancellation);
        Save(Complete(request, answer), bundle);
    }

    /// <summary>Gets the next certificate, with a new key.</summary>
    /// <exception cref="ControlPlaneException">The controller cannot be reached, or refuses; the one before stays in use.</exception>
    public async Task RenewAsync(ControllerLink controller, CancellationToken cancellation)
    {
        var request = CertificateSigningRequest.Create(Svid!.Id);
        var answer = await controller.PostAsync(
            "/v1/renew", new SigningMessage(request.Der.ToArray()), EnrollmentJson.Form.SigningMessage, cancellation);
        Save(Complete(request, answer), null);
    }

    /// <exception cref="ControlPlaneException">The answer does not fit the request.</exception>
    public static X509Svid Complete(CertificateSigningRequest request, CertificatesMessage answer)
    {
        try
        {
            return request.Complete([.. answer.Chain.Select(certificate => (ReadOnlyMemory<byte>)certificate)]);
        }
        catch (X509SvidException exception)
        {
            throw new ControlPlaneException($"the controller's certificate is not right: {exception.Message}", exception);
        }
    }

    private static TrustBundle Trusted(byte[] json, TrustDomain trustDomain, byte[] fingerprint, string address)
    {
        var root = Parse(json, trustDomain, address).X509Authorities
            .Where(authority => SHA256.HashData(authority.Span).AsSpan().SequenceEqual(fingerprint))
            .ToArray();
        return root.Length == 1
            ? new TrustBundle(trustDomain, root)
            : throw new ControlPlaneException(
                $"the controller at {address} is not the one that made the token: none of its roots has the token's fingerprint; nothing was told to it");
    }

    private static TrustBundle Parse(byte[] json, TrustDomain trustDomain, string address)
    {
        try
        {
            return TrustBundle.Parse(trustDomain, json);
        }
        catch (TrustBundleFormatException exception)
        {
            throw new ControlPlaneException($"the controller at {address} tells a bundle that is not right: {exception.Message}", exception);
        }
    }

    private void Save(X509Svid svid, TrustBundle? bundle)
    {
        if (bundle is not null)
        {
            Directory.CreateDirectory(_bundles);
            AtomicFile.Write(Path.Combine(_bundles, bundle.TrustDomain.Name + TrustBundleDirectory.Extension), bundle.ToJson(), AtomicFile.WorldReadable);
        }

        svid.Save(CertificatePath, KeyPath);
        Svid = svid;
    }
}
