using System.CommandLine;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Replaces the root of an authority in three steps, between which the bundle travels.</summary>
internal sealed class CaRotateCommand : CtlCommand
{
    public CaRotateCommand(CliHost host, GlobalOptions options)
        : base(
            "rotate",
            "Replaces the root without a break, in three steps: prepare, activate, retire. After each the bundle goes to every node before the next.",
            "nodemeshctl ca rotate prepare  --ca ca                    # the new root is in the bundle; then: ca bundle, to all nodes",
            "nodemeshctl ca rotate activate --ca ca                    # the new root signs; then: ca issue, for all nodes",
            "nodemeshctl ca rotate retire   --ca ca                    # the old root leaves the bundle; then: ca bundle, to all nodes")
    {
        Add(new Step(
            host, options, "prepare", "Makes the next root and puts it in the bundle beside the active one.",
            authority => authority.PrepareNext(), "give the bundle to every node (nodemeshctl ca bundle), then: nodemeshctl ca rotate activate"));
        Add(new Step(
            host, options, "activate", "Lets the prepared root sign. The old one stays in the bundle while what it signed is in use.",
            authority => authority.ActivateNext(), "issue every identity anew (nodemeshctl ca issue), then: nodemeshctl ca rotate retire"));
        Add(new Step(
            host, options, "retire", "Takes the old root out of the bundle. What it signed is refused where the new bundle arrives.",
            authority => authority.RetireOld(), "give the bundle to every node (nodemeshctl ca bundle)"));
    }

    private sealed class Step : CtlCommand
    {
        private readonly Option<string> _ca = AuthorityOption.Make();

        public Step(CliHost host, GlobalOptions options, string name, string description, Action<AuthorityDirectory> step, string next)
            : base(name, description, $"nodemeshctl ca rotate {name} --ca /etc/nodemesh/ca")
        {
            Add(_ca);
            Runs(host, options, (context, _) =>
            {
                var path = context.Parsed.GetRequiredValue(_ca);
                var authority = AuthorityOption.Open(path, context.Host.Time);
                AuthorityOption.Guard(path, () =>
                {
                    step(authority);
                    return authority;
                });
                if (context.IsStructured)
                {
                    context.Write(AuthorityReport.Of(authority, context.Host.Time));
                }
                else
                {
                    context.WriteLine($"done; next: {next}");
                }

                return Task.FromResult(ExitCode.Success);
            });
        }
    }
}
