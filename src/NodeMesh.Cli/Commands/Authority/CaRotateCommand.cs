using System.CommandLine;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Replaces the root of an authority in three steps, between which the bundle travels: with a controller by itself.</summary>
internal sealed class CaRotateCommand : CtlCommand
{
    public CaRotateCommand(CliHost host, GlobalOptions options)
        : base(
            "rotate",
            "Replaces the root without a break, in three steps: prepare, activate, retire. Without --ca it is the controller's, which gives the bundle to the nodes by itself; with it, the bundle goes to every node before the next step.",
            "nodemeshctl ca rotate prepare                             # the new root is trusted beside the old",
            "nodemeshctl ca rotate activate                            # the new root signs",
            "nodemeshctl ca rotate retire                              # the old root is trusted no more",
            "nodemeshctl ca rotate prepare --ca ca                     # then: ca bundle, to all nodes")
    {
        Add(new Step(host, options, "prepare", "Makes the next root and puts it in the bundle beside the active one.")
        {
            Take = authority => authority.PrepareNext(),
            NextWithController = "once every node has it: nodemeshctl ca rotate activate",
            NextWithFiles = "give the bundle to every node (nodemeshctl ca bundle), then: nodemeshctl ca rotate activate",
        });
        Add(new Step(
            host,
            options,
            "activate",
            "Lets the prepared root sign. The old one stays in the bundle while what it signed is in use. A controller refuses it while a node does not have the bundle.",
            new Option<bool>("--force") { Description = "Also where a node of the controller does not trust the next root yet; it will need a new token" })
        {
            Take = authority => authority.ActivateNext(),
            NextWithController = "once every certificate that the old root signed has ended, which takes a day: nodemeshctl ca rotate retire",
            NextWithFiles = "issue every identity anew (nodemeshctl ca issue), then: nodemeshctl ca rotate retire",
        });
        Add(new Step(host, options, "retire", "Takes the old root out of the bundle. What it signed is refused where the new bundle arrives.")
        {
            Take = authority => authority.RetireOld(),
            NextWithController = "nothing; the rotation is complete",
            NextWithFiles = "give the bundle to every node (nodemeshctl ca bundle)",
        });
    }

    private sealed class Step : CtlCommand
    {
        private readonly Option<string?> _ca = AuthorityOption.MakeOptional();

        public Step(CliHost host, GlobalOptions options, string name, string description, Option<bool>? force = null)
            : base(name, description, $"nodemeshctl ca rotate {name}", $"nodemeshctl ca rotate {name} --ca /etc/nodemesh/ca")
        {
            Add(_ca);
            if (force is not null)
            {
                Add(force);
            }

            Runs(host, options, async (context, cancellationToken) =>
            {
                var path = context.Parsed.GetValue(_ca);
                var query = force is not null && context.Parsed.GetValue(force) ? "?force=true" : "";
                var report = path is null
                    ? await context.Controller.SendAsync(HttpMethod.Post, $"v1/authority/{name}{query}", body: null, cancellationToken)
                    : AuthorityReport.Of(TakeOn(path, context), context.Host.Time);
                if (context.IsStructured)
                {
                    context.Write(report);
                }
                else
                {
                    context.WriteLine($"done; next: {(path is null ? NextWithController : NextWithFiles)}");
                }

                return ExitCode.Success;
            });
        }

        public required Action<AuthorityDirectory> Take { get; init; }

        public required string NextWithController { get; init; }

        public required string NextWithFiles { get; init; }

        private AuthorityDirectory TakeOn(string path, CommandContext context)
        {
            var authority = AuthorityOption.Open(path, context.Host.Time);
            return AuthorityOption.Guard(path, () =>
            {
                Take(authority);
                return authority;
            });
        }
    }
}
