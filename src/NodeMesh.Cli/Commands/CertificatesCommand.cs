using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Lists the identities and trust bundles the daemon holds.</summary>
internal sealed class CertificatesCommand : CtlCommand
{
    public CertificatesCommand(CliHost host, GlobalOptions options)
        : base(
            "certificates",
            "Lists the identities of this node's workloads, how long they are valid, and the trust bundles. Never shows a private key.",
            "nodemeshctl certificates",
            "nodemeshctl certificates -o wide                          # with serial numbers and the authorities of bundles",
            "nodemeshctl certificates -o json | jq -r '.items[0].chain[0]' | openssl x509 -noout -text")
    {
        Runs(host, options, RunAsync);
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await context.Admin.GetAsync("v1/certificates", cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        var list = context.Admin.Read(answer, AdminJson.Default.CertificateList);
        context.Write(Identities(list, context.IsWide));
        context.Write("\n");
        context.Write(context.IsWide ? Authorities(list) : Bundles(list));
        foreach (var problem in list.Problems)
        {
            context.Host.Error.Write($"problem: {Printable.Of($"{problem.File}: {problem.Reason}")}\n");
        }

        return ExitCode.Success;
    }

    private static Table Identities(CertificateList list, bool wide)
    {
        string[] headers = ["SPIFFE-ID", "STATE", "NOT-AFTER", "WORKLOADS"];
        var table = new Table(wide ? [.. headers, "NOT-BEFORE", "SERIAL"] : headers);
        foreach (var item in list.Items)
        {
            Cell[] row =
            [
                item.SpiffeId, LiveTables.CertificateCell(item.State, item.RemainingSeconds), Time(item.NotAfter), string.Join(',', item.Workloads),
            ];
            table.Add(wide ? [.. row, Time(item.NotBefore), item.SerialNumber] : row);
        }

        return table;
    }

    private static Table Bundles(CertificateList list)
    {
        var table = new Table("BUNDLE", "SEQUENCE", "AUTHORITIES", "FIRST-EXPIRY");
        foreach (var bundle in list.Bundles)
        {
            table.Add(bundle.TrustDomain, bundle.Sequence is { } sequence ? sequence : default(Cell), bundle.Authorities.Count, Time(bundle.Authorities.Min(a => a.NotAfter)));
        }

        return table;
    }

    private static Table Authorities(CertificateList list)
    {
        var table = new Table("BUNDLE", "SEQUENCE", "AUTHORITY", "NOT-AFTER", "SERIAL", "SHA256");
        foreach (var bundle in list.Bundles)
        {
            foreach (var authority in bundle.Authorities)
            {
                table.Add(
                    bundle.TrustDomain, bundle.Sequence is { } sequence ? sequence : default(Cell), authority.Subject, Time(authority.NotAfter), authority.SerialNumber, authority.Sha256);
            }
        }

        return table;
    }

    private static string? Time(DateTimeOffset? time) => time is { } value ? Humane.Time(value) : null;
}
