using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Output;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Makes an authority.</summary>
internal sealed class CaInitCommand : CtlCommand
{
    private readonly Argument<string> _directory = new("DIR") { Description = "Where its files will stand; made with mode 0700" };
    private readonly Option<string> _trustDomain = new("--trust-domain") { Description = "The trust domain of every identity it signs: example.org", HelpName = "NAME", Required = true };
    private readonly Option<TimeSpan?> _root = Lifetime.Option("--root-lifetime", "How long the root is valid [3650d]");
    private readonly Option<TimeSpan?> _issuing = Lifetime.Option("--issuing-lifetime", "How long an issuing authority below it is valid; renewed by itself [365d]");

    public CaInitCommand(CliHost host, GlobalOptions options)
        : base(
            "init",
            "Makes a certificate authority: a root, an issuing authority below it, and the trust bundle. Keep a backup of the directory, and keep it from others.",
            "nodemeshctl ca init /etc/nodemesh/ca --trust-domain example.org")
    {
        _trustDomain.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && !TrustDomain.TryParse(token.Value, out _, out var error))
            {
                result.AddError($"--trust-domain {token.Value}: {error}");
            }
        });
        Add(_directory);
        Add(_trustDomain);
        Add(_root);
        Add(_issuing);
        Runs(host, options, (context, _) => Task.FromResult(Run(context)));
    }

    private int Run(CommandContext context)
    {
        var path = context.Parsed.GetRequiredValue(_directory);
        var trustDomain = TrustDomain.Parse(context.Parsed.GetRequiredValue(_trustDomain));
        var defaults = CertificateAuthorityOptions.Default;
        var lifetimes = defaults with
        {
            RootLifetime = context.Parsed.GetValue(_root) ?? defaults.RootLifetime,
            IssuingLifetime = context.Parsed.GetValue(_issuing) ?? defaults.IssuingLifetime,
        };
        var authority = AuthorityOption.Guard(path, () => AuthorityDirectory.Init(path, trustDomain, lifetimes, context.Host.Time));
        var root = authority.Rotation.Active.Root;
        if (context.IsStructured)
        {
            context.Write(new JsonObject { ["directory"] = authority.Path, ["trustDomain"] = trustDomain.Name, ["notAfter"] = root.NotAfter.ToString("O") });
        }
        else
        {
            context.WriteLine($"{authority.Path} is the authority of {trustDomain}; its root is valid until {Humane.Time(root.NotAfter)}");
            context.WriteLine($"next: nodemeshctl ca issue --ca {path} --node NODE --resources DIR --out DIR, and nodemeshctl ca bundle --ca {path} --out DIR");
        }

        return ExitCode.Success;
    }
}
