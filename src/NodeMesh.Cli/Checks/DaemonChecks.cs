using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Checks;

/// <summary>Does the daemon answer, and is it ready?</summary>
/// <param name="admin">The way to it.</param>
internal sealed class DaemonChecks(AdminClient admin) : CheckGroup("daemon")
{
    /// <summary>What the daemon said; null until it was asked, and when it does not answer.</summary>
    public StatusReport? Status { get; private set; }

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Status = await admin.GetAsync("v1/status", AdminJson.Default.StatusReport, cancellationToken);
        }
        catch (ApiException e)
        {
            Failed(e.Message, e.Hint);
            return;
        }

        Passed($"nodemeshd {Status.Version} answers at {admin.Address}, up {Humane.Duration(Status.UptimeSeconds)}");
        if (Status.State is "ready")
        {
            Passed($"it is ready, as node {Status.Node}");
        }
        else
        {
            Failed($"it is {Status.State}: {(Status.NotReady.Count == 0 ? "it gives no reason" : string.Join("; ", Status.NotReady))}", "nodemeshctl status, and journalctl -u nodemeshd");
        }

        Capabilities(Status);
    }

    private void Capabilities(StatusReport status)
    {
        foreach (var capability in status.Capabilities.Where(capability => !capability.Held))
        {
            var text = $"it lacks {capability.Name}: {capability.Purpose}";
            const string Hint = "grant it with AmbientCapabilities= and CapabilityBoundingSet=: systemctl edit nodemeshd";
            if (capability.Need is "required")
            {
                Failed(text, Hint);
            }
            else
            {
                Warning(text, Hint);
            }
        }

        if (status.Capabilities.Count > 0 && status.Capabilities.All(capability => capability.Held))
        {
            Passed("it has the capabilities it needs");
        }
    }
}
