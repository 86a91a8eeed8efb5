using System.Text.Json;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Resources;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The resources in force.</summary>
internal static class ResourceReport
{
    public static ResourcesMessage Of(ConfigurationState state, string? kind, string? @namespace, string? name)
    {
        var chosen = (state.Snapshot?.Resources.All ?? []).AsEnumerable().Where(resource =>
            (kind is null || string.Equals(resource.Kind, kind, StringComparison.OrdinalIgnoreCase))
            && (@namespace is null || string.Equals(resource.Namespace, @namespace, StringComparison.Ordinal))
            && (name is null || string.Equals(resource.Name, name, StringComparison.Ordinal)));
        using var json = JsonDocument.Parse(ResourceWriter.ToJson(chosen, defaults: true));
        return new ResourcesMessage { Revision = state.Revision, Items = [.. json.RootElement.Clone().EnumerateArray()] };
    }
}
