using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Services;

/// <summary>What holds for the ports of services and of service entries alike.</summary>
internal static class PortChecks
{
    /// <summary>Reports names or numbers that stand twice, and names that are missing where there are several ports.</summary>
    public static void Unique((string Name, ushort Port)[] ports, FieldScope spec)
    {
        for (var i = 0; i < ports.Length; i++)
        {
            if (ports.Length > 1 && ports[i].Name.Length == 0)
            {
                spec.Error($"ports[{i}].name", "the port has no name; where there are several ports, each needs one");
            }

            for (var j = 0; j < i; j++)
            {
                if (ports[i].Name.Length > 0 && string.Equals(ports[i].Name, ports[j].Name, StringComparison.Ordinal))
                {
                    spec.Error($"ports[{i}].name", $"the name {ports[i].Name} is ports[{j}]'s already; give another");
                }

                if (ports[i].Port == ports[j].Port)
                {
                    spec.Error($"ports[{i}].port", $"the port {ports[i].Port} is ports[{j}]'s already; give another");
                }
            }
        }
    }
}
