using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>
/// Checks one resource of a mesh against the others. Of two that want the same, the second in order is told, so that which of them is "the other" does
/// not depend on file names or on which came first.
/// </summary>
internal static class SetChecks
{
    public static void Check(MeshIndex mesh, Resource resource, CheckedDocument at)
    {
        switch (resource)
        {
            case Node node:
                NodeChecks.Check(mesh, node, at);
                break;
            case Workload workload:
                WorkloadChecks.Check(mesh, workload, at);
                break;
            case Service service:
                ServiceChecks.Check(mesh, service, at);
                NameChecks.Check(mesh, service, at);
                break;
            case ServiceEntry entry:
                NameChecks.Check(mesh, entry, at);
                break;
            case PeerAuthentication authentication:
                PolicyChecks.CheckSelector(mesh, authentication, at);
                PolicyChecks.CheckAmbiguity(mesh, authentication, at);
                break;
            case WorkloadPolicy policy:
                PolicyChecks.CheckSelector(mesh, policy, at);
                break;
            default:
                break;
        }
    }
}
