using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Gives out the trust bundle of an authority.</summary>
internal sealed class CaBundleCommand : CtlCommand
{
    private readonly Option<string> _ca = AuthorityOption.Make();
    private readonly Option<string?> _out = new("--out") { Description = "Writes TRUST-DOMAIN.json there: the daemon's bundles directory [standard output]", HelpName = "DIR" };

    public CaBundleCommand(CliHost host, GlobalOptions options)
        : base(
            "bundle",
            "Gives out the trust bundle, by which peers recognize what the authority signed: a SPIFFE bundle (JWKS). It holds no secret.",
            "nodemeshctl ca bundle --ca /etc/nodemesh/ca --out /var/lib/nodemesh/bundles",
            "nodemeshctl ca bundle --ca /etc/nodemesh/ca | ssh web-2 'cat > /var/lib/nodemesh/bundles/example.org.json'")
    {
        Add(_ca);
        Add(_out);
        Runs(host, options, (context, _) => Task.FromResult(Run(context)));
    }

    private int Run(CommandContext context)
    {
        var path = context.Parsed.GetRequiredValue(_ca);
        var authority = AuthorityOption.Open(path, context.Host.Time);
        if (context.Parsed.GetValue(_out) is not { } output)
        {
            context.Write(Encoding.UTF8.GetString(authority.Bundle!.ToJson()).TrimEnd('\n') + "\n");
            return ExitCode.Success;
        }

        var file = AuthorityOption.Guard(output, () => authority.ExportBundle(output));
        if (context.IsStructured)
        {
            context.Write(new JsonObject { ["file"] = file, ["sequence"] = authority.Bundle!.Sequence });
        }
        else
        {
            context.WriteLine($"{file}: the bundle of {authority.TrustDomain}, sequence {authority.Bundle!.Sequence}");
        }

        return ExitCode.Success;
    }
}
