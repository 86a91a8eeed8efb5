namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Replaces the root of the controller's authority in three steps, between which the bundle travels by itself.</summary>
internal sealed class AuthorityRotateCommand : CtlCommand
{
    public AuthorityRotateCommand(CliHost host, GlobalOptions options)
        : base(
            "rotate",
            "Replaces the root without a break, in three steps: prepare, activate, retire. The controller gives the bundle to the nodes by itself; wait for that before the next.",
            "nodemeshctl authority rotate prepare                      # the new root is trusted beside the old",
            "nodemeshctl authority rotate activate                     # the new root signs",
            "nodemeshctl authority rotate retire                       # the old root is trusted no more")
    {
        Add(new Step(
            host, options, "prepare", "Makes the next root, and lets every node trust it beside the active one.",
            "once every node has it: nodemeshctl authority rotate activate"));
        Add(new Step(
            host, options, "activate", "Lets the prepared root sign. The old one is trusted while what it signed is in use.",
            "once every certificate that the old root signed has ended, which takes a day: nodemeshctl authority rotate retire"));
        Add(new Step(
            host, options, "retire", "Takes the trust from the old root. What it signed is refused from now on.",
            "nothing; the rotation is complete"));
    }

    private sealed class Step : CtlCommand
    {
        public Step(CliHost host, GlobalOptions options, string name, string description, string next)
            : base(name, description, $"nodemeshctl authority rotate {name}")
        {
            Runs(host, options, async (context, cancellationToken) =>
            {
                var answer = await context.Controller.SendAsync(HttpMethod.Post, "v1/authority/" + name, body: null, cancellationToken);
                if (context.IsStructured)
                {
                    context.Write(answer);
                }
                else
                {
                    context.WriteLine($"done; next: {next}");
                }

                return ExitCode.Success;
            });
        }
    }
}
