using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Loading;

/// <summary>Checks the resources of a mesh against one another. Used by one load, on one thread.</summary>
internal static class SetChecks
{
    public static void Check(ResourceSet set, IReadOnlyList<ParsedResource> resources, IssueCollector issues)
    {
        // In the order of the set, so that which of two is "the other" does not depend on file names.
        var ordered = resources.OrderBy(r => r.Resource.Key, Comparer<ResourceKey>.Create(ResourceKey.Compare)).ToArray();
        var nodes = new NodeChecks(set);
        var workloads = new WorkloadChecks(set);
        var services = new ServiceChecks(set);
        var names = new NameChecks(set);
        var policies = new PolicyChecks(set);
        foreach (var resource in ordered)
        {
            if (issues.IsFull)
            {
                return;
            }

            switch (resource.Resource)
            {
                case Node node:
                    nodes.Check(node, resource);
                    break;
                case Workload workload:
                    workloads.Check(workload, resource);
                    break;
                case Service service:
                    services.Check(service, resource);
                    names.Check(service, resource);
                    break;
                case ServiceEntry entry:
                    names.Check(entry, resource);
                    break;
                case PeerAuthentication authentication:
                    policies.CheckSelector(authentication, resource);
                    policies.CheckAmbiguity(authentication, resource);
                    break;
                case WorkloadPolicy policy:
                    policies.CheckSelector(policy, resource);
                    break;
                default:
                    break;
            }
        }
    }
}
