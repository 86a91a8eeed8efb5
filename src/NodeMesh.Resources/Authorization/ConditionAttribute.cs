namespace NodeMesh.Resources.Authorization;

/// <summary>The attributes a <c>when</c> condition can ask for.</summary>
public enum ConditionAttribute
{
    /// <summary><c>request.headers[name]</c></summary>
    RequestHeader,

    /// <summary><c>request.auth.principal</c></summary>
    RequestAuthPrincipal,

    /// <summary><c>request.auth.audiences</c></summary>
    RequestAuthAudiences,

    /// <summary><c>request.auth.presenter</c></summary>
    RequestAuthPresenter,

    /// <summary><c>request.auth.claims[name]</c>, nested as <c>[name][name]</c></summary>
    RequestAuthClaim,

    /// <summary><c>remote.ip</c></summary>
    RemoteIp,

    /// <summary><c>source.ip</c></summary>
    SourceIp,

    /// <summary><c>source.namespace</c></summary>
    SourceNamespace,

    /// <summary><c>source.principal</c></summary>
    SourcePrincipal,

    /// <summary><c>source.serviceAccount</c></summary>
    SourceServiceAccount,

    /// <summary><c>source.trustDomain</c></summary>
    SourceTrustDomain,

    /// <summary><c>destination.ip</c></summary>
    DestinationIp,

    /// <summary><c>destination.port</c></summary>
    DestinationPort,

    /// <summary><c>connection.sni</c></summary>
    ConnectionSni,
}
