namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The certificate authority that a controller keeps.</summary>
internal sealed class AuthorityCommand : CtlCommand
{
    public AuthorityCommand(CliHost host, GlobalOptions options)
        : base(
            "authority",
            "Shows and rotates the certificate authority that the controller keeps. Without a controller, ca does this on files.",
            "nodemeshctl authority status",
            "nodemeshctl authority rotate prepare")
    {
        Add(new AuthorityStatusCommand(host, options));
        Add(new AuthorityRotateCommand(host, options));
    }
}
