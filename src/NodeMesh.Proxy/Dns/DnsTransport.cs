namespace NodeMesh.Proxy.Dns;

/// <summary>How a query came.</summary>
public enum DnsTransport
{
    Udp,
    Tcp,
}
