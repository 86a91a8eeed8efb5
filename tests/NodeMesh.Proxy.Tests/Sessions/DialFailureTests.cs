using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Sessions;

public sealed class DialFailureTests
{
    [Theory]
    [InlineData(112, "tls-peer-identity")] // unrecognized_name: the node has no certificate of that identity
    [InlineData(70, "tls-handshake")] // protocol_version
    [InlineData(48, "tls-untrusted")] // unknown_ca
    [InlineData(45, "tls-untrusted")] // certificate_expired
    public void An_alert_of_the_peer_becomes_the_refusal_that_says_what_to_look_at(byte alert, string refusal) =>
        Assert.Equal(refusal, RefusalCodes.Name(DialFailure.RefusalOf(new TlsFailure(TlsFailureCode.PeerAlert, "", alert))));
}
