using NodeMesh.Cli.Commands.Authority;

namespace NodeMesh.Cli.Commands;

/// <summary>Certificate authorities: of a mesh without a controller, and what the controller tells of its own.</summary>
internal sealed class CaCommand : CtlCommand
{
    public CaCommand(CliHost host, GlobalOptions options)
        : base(
            "ca",
            "Keeps the certificate authority of a mesh without a controller: files in a directory that only its owner reads. status and rotate without --ca ask the controller about its own.",
            "nodemeshctl ca init /etc/nodemesh/ca --trust-domain example.org",
            "nodemeshctl ca issue --ca /etc/nodemesh/ca --node web-1 --resources /etc/nodemesh/resources --out /var/lib/nodemesh/identities",
            "nodemeshctl ca bundle --ca /etc/nodemesh/ca --out /var/lib/nodemesh/bundles",
            "nodemeshctl ca status                                     # with a controller")
    {
        Add(new CaInitCommand(host, options));
        Add(new CaIssueCommand(host, options));
        Add(new CaBundleCommand(host, options));
        Add(new CaRotateCommand(host, options));
        Add(new CaStatusCommand(host, options));
    }
}
