using NodeMesh.Cli.Commands.Authority;

namespace NodeMesh.Cli.Commands;

/// <summary>The certificate authority of a mesh without a controller.</summary>
internal sealed class CaCommand : CtlCommand
{
    public CaCommand(CliHost host, GlobalOptions options)
        : base(
            "ca",
            "Keeps the certificate authority of a mesh without a controller: files in a directory that only its owner reads.",
            "nodemeshctl ca init /etc/nodemesh/ca --trust-domain example.org",
            "nodemeshctl ca issue --ca /etc/nodemesh/ca --node web-1 --resources /etc/nodemesh/resources --out /var/lib/nodemesh/identities",
            "nodemeshctl ca bundle --ca /etc/nodemesh/ca --out /var/lib/nodemesh/bundles",
            "nodemeshctl ca status --ca /etc/nodemesh/ca")
    {
        Add(new CaInitCommand(host, options));
        Add(new CaIssueCommand(host, options));
        Add(new CaBundleCommand(host, options));
        Add(new CaRotateCommand(host, options));
        Add(new CaStatusCommand(host, options));
    }
}
