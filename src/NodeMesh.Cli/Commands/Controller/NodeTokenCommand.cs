using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The tokens that nodes join with.</summary>
internal sealed class NodeTokenCommand : CtlCommand
{
    public NodeTokenCommand(CliHost host, GlobalOptions options)
        : base(
            "token",
            "Makes the tokens that nodes join with.",
            "nodemeshctl node token create web-1 --ttl 10m") => Add(new Create(host, options));

    private sealed class Create : CtlCommand
    {
        private static readonly TimeSpan Default = TimeSpan.FromMinutes(10);
        private static readonly TimeSpan Most = TimeSpan.FromDays(7);

        private readonly Argument<string> _name = new("NAME") { Description = "The node that it lets in" };
        private readonly Option<TimeSpan?> _ttl = Lifetime.Option("--ttl", $"How long it may be used (90s, 15m, 24h, at most {Humane.Duration(Most.TotalSeconds)}) [{Humane.Duration(Default.TotalSeconds)}]");

        public Create(CliHost host, GlobalOptions options)
            : base(
                "create",
                "Makes a token that lets one node in, once. It is printed and kept nowhere; it also has the fingerprint of the mesh's root, so that the node knows the controller.",
                "nodemeshctl node token create web-1 --ttl 10m",
                "nodemeshctl node token create web-1 | ssh web-1 'umask 077; cat > /etc/nodemesh/join-token'")
        {
            Add(_name);
            Add(_ttl);
            Runs(host, options, RunAsync);
        }

        private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
        {
            var body = new JsonObject { ["ttlSeconds"] = (long)(context.Parsed.GetValue(_ttl) ?? Default).TotalSeconds };
            var path = $"v1/nodes/{Uri.EscapeDataString(context.Parsed.GetRequiredValue(_name))}/tokens";
            var answer = await context.Controller.SendAsync(HttpMethod.Post, path, body, cancellationToken);
            if (context.IsStructured)
            {
                context.Write(answer);
                return ExitCode.Success;
            }

            // The token alone: what is piped is what the node needs.
            var token = context.Controller.Read(answer, ControllerJson.Default.JoinToken);
            context.WriteLine(Printable.Of(token.Token));
            context.Host.Error.Write($"lets the node {Printable.Of(token.Node)} in once, until {Humane.Time(token.ExpiresAt)}\n");
            return ExitCode.Success;
        }
    }
}
