using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// Judges the requests of one connection, or of one stream source on a mesh link: each afresh where a policy looks at HTTP, else once for
/// as long as policies and facts stay the same. Owned by the connection, on its loop.
/// </summary>
internal struct RequestAuthorization
{
    private Authorizer? _authorizer;
    private ConnectionFacts _facts;
    private AuthorizationDecision _decision;

    /// <param name="authorizer">Of the workload in the snapshot that is in force now.</param>
    /// <param name="facts">About the connection.</param>
    /// <param name="headers">The request's, as they are forwarded.</param>
    /// <param name="remote">The original client.</param>
    public AuthorizationDecision Authorize(Authorizer authorizer, in ConnectionFacts facts, HeaderList headers, IpEndpoint remote)
    {
        if (authorizer.NeedsHttp)
        {
            return authorizer.Authorize(facts, new RequestFacts(headers, remote));
        }

        if (!ReferenceEquals(authorizer, _authorizer) || facts != _facts)
        {
            _decision = authorizer.Authorize(facts);
            _authorizer = authorizer;
            _facts = facts;
        }

        return _decision;
    }
}
