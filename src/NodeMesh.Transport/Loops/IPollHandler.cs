using NodeMesh.Linux.Polling;

namespace NodeMesh.Transport.Loops;

/// <summary>What a registered descriptor's readiness is told to, on the loop.</summary>
public interface IPollHandler
{
    /// <summary>The descriptor is ready. Level-triggered: it comes again as long as it is ready and asked for.</summary>
    void OnReady(PollEvents events);
}
