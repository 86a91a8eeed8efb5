using System.Net;
using System.Net.Sockets;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Checks;

/// <summary>Do programs of this machine get the addresses of services for their names?</summary>
/// <param name="machine">Whose resolver.</param>
/// <param name="admin">The way to the daemon.</param>
/// <param name="status">What the daemon says.</param>
internal sealed class NameChecks(Machine machine, AdminClient admin, StatusReport status) : CheckGroup("names")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!status.Listeners.Any(listener => listener.Name is "dns"))
        {
            Skipped("the daemon's DNS server is off; services are found by address");
            return;
        }

        ServiceList services;
        try
        {
            services = await admin.GetAsync("v1/services", AdminJson.Default.ServiceList, cancellationToken);
        }
        catch (ApiException e)
        {
            Failed($"the services cannot be asked for: {e.Message}", e.Hint);
            return;
        }

        if (services.Items.FirstOrDefault(service => service.Vips.Count > 0 && service.Hosts.Count > 0) is not { } sample)
        {
            Skipped("no service has a virtual address yet");
            return;
        }

        await ResolveAsync(sample.Hosts[0], sample.Vips, cancellationToken);
    }

    private async Task ResolveAsync(string host, IReadOnlyList<string> vips, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        var hint = $"NODEMESH_IPTABLES=--redirect-dns in /etc/default/nodemeshd and systemctl restart nodemeshd, or have the resolver send the domain {status.DnsDomain} to {status.Listeners.First(l => l.Name is "dns").Address}";
        try
        {
            var found = await machine.Resolve(host, deadline.Token);
            var wanted = vips.Select(vip => IPAddress.TryParse(vip, out var address) ? address : null).ToHashSet();
            if (found.Length > 0 && found.All(wanted.Contains))
            {
                Passed($"{host} resolves to its virtual address {found[0]}");
            }
            else
            {
                Failed($"{host} resolves to {(found.Length == 0 ? "nothing" : string.Join(", ", found.AsEnumerable()))}, not to its virtual address {vips[0]}", hint);
            }
        }
        catch (SocketException e)
        {
            Failed($"{host} does not resolve ({e.Message}), though it is a service of the mesh", hint);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Failed($"the resolver does not answer for {host} within {Patience.TotalSeconds:0} seconds", hint);
        }
    }
}
