using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Health;

/// <summary>Tries a target once. Ends early with <see cref="OperationCanceledException"/> when cancelled; any other failure is a result.</summary>
public delegate Task<bool> HealthProbe(IpEndpoint address, CancellationToken cancellationToken);
