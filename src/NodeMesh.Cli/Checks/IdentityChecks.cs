using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Checks;

/// <summary>Can every workload of this node prove who it is, and can its peers?</summary>
/// <param name="admin">The way to the daemon.</param>
/// <param name="status">What the daemon says.</param>
/// <param name="time">The clock of this machine.</param>
internal sealed class IdentityChecks(AdminClient admin, StatusReport status, TimeProvider time) : CheckGroup("identities")
{
    private const string FromController = "the controller issues it, once the daemon is connected: journalctl -u nodemeshd, and nodemeshctl audit on the controller's machine";

    private static readonly TimeSpan AuthoritySoon = TimeSpan.FromDays(30);

    /// <summary>There is a controller, which issues certificates and gives out the bundle.</summary>
    private bool IsIssued => status.Controller is not null;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        CertificateList list;
        try
        {
            list = await admin.GetAsync("v1/certificates", AdminJson.Default.CertificateList, cancellationToken);
        }
        catch (ApiException e)
        {
            Failed($"the certificates cannot be asked for: {e.Message}", e.Hint);
            return;
        }

        foreach (var item in list.Items)
        {
            Identity(item);
        }

        if (list.Items.Count == 0)
        {
            Warning("no workload is on this node, so no identity is needed", $"is {status.Node} the name of a Node, and of the node in your Workloads?");
        }
        else if (list.Items.All(item => item.State is "valid"))
        {
            var first = list.Items.Min(item => item.RemainingSeconds) ?? 0;
            Passed($"{Humane.Count(list.Items.Count, "identity is", "identities are")} valid, the first to expire in {Humane.Duration(first)}");
        }

        foreach (var problem in list.Problems)
        {
            Warning($"a file is not used: {problem.File}: {problem.Reason}", $"see {status.Identities.Directory} and {status.Bundles.Directory}");
        }

        Bundle(list);
    }

    private void Identity(CertificateList.Certificate item)
    {
        var whose = item.Workloads.Count == 0 ? item.SpiffeId : $"{item.SpiffeId} (of {string.Join(", ", item.Workloads)})";
        var hint = IsIssued ? FromController : $"nodemeshctl ca issue --ca DIR --node {status.Node} --resources {status.Configuration.Directory} --out {status.Identities.Directory}";
        switch (item.State)
        {
            case "valid":
                break;
            case "expiring":
                Warning($"{whose} expires in {Humane.Duration(item.RemainingSeconds ?? 0)}", hint);
                break;
            case "expired":
                Failed($"{whose} expired {Humane.Duration(-(item.RemainingSeconds ?? 0))} ago; peers refuse it", hint);
                break;
            case "not-yet-valid":
                var begins = item.NotBefore is { } from ? $" before {Humane.Time(from)}" : "";
                Failed($"{whose} is not valid{begins}, and the clock says {Humane.Time(time.GetUtcNow())}", "is the clock right, here and where it was issued?");
                break;
            case "missing":
                Failed($"{whose} has no certificate; its mesh connections are refused", hint);
                break;
            default:
                Failed($"{whose} is {item.State}", hint);
                break;
        }
    }

    private void Bundle(CertificateList list)
    {
        var own = list.Bundles.FirstOrDefault(bundle => string.Equals(bundle.TrustDomain, status.TrustDomain, StringComparison.Ordinal));
        if (own is null or { Authorities.Count: 0 })
        {
            Failed(
                $"there is no trust bundle of {status.TrustDomain ?? "the mesh"}; no peer can be recognized",
                IsIssued ? FromController : $"nodemeshctl ca bundle --ca DIR --out {status.Bundles.Directory}");
            return;
        }

        var now = time.GetUtcNow();
        var expired = own.Authorities.Count(authority => authority.NotAfter <= now);
        var last = own.Authorities.Max(authority => authority.NotAfter) ?? DateTimeOffset.MaxValue;
        if (expired == own.Authorities.Count)
        {
            Failed($"every authority in the trust bundle of {own.TrustDomain} has expired", "nodemeshctl ca rotate prepare, activate, retire");
        }
        else if (last - now < AuthoritySoon)
        {
            Warning(
                $"the last authority in the trust bundle of {own.TrustDomain} expires in {Humane.Duration((last - now).TotalSeconds)}",
                IsIssued ? "nodemeshctl ca rotate prepare, on the controller's machine" : "nodemeshctl ca rotate prepare --ca DIR");
        }
        else
        {
            Passed($"the trust bundle of {own.TrustDomain} has {Humane.Count(own.Authorities.Count, "authority", "authorities")}");
        }
    }
}
