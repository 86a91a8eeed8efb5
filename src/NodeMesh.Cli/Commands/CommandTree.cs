using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Commands.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>The whole command line: builds it, runs one command, and turns what goes wrong into a message and an exit code.</summary>
internal static class CommandTree
{
    private static readonly string[] Examples =
    [
        "nodemeshctl check                                         # is everything in order on this machine?",
        "nodemeshctl validate /etc/nodemesh/resources              # before the daemon reads them",
        "nodemeshctl get services                                  # what can be called, and where it is",
        "nodemeshctl explain shop/web cart.shop.mesh:80            # who may call whom, and why not",
        "nodemeshctl connections --watch                           # what goes on now",
        "nodemeshctl apply -f mesh/ --reason \"open the shop\"        # with a controller: what is wanted, on every machine",
        "nodemeshctl ca init /etc/nodemesh/ca --trust-domain example.org",
    ];

    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, CliHost host, CancellationToken cancellationToken = default)
    {
        var parsed = Build(host).Parse(args.Count == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            return UsageError(parsed, host);
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = host.Output,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (CliException e)
        {
            Report(e, host);
            return (parsed.CommandResult.Command as CtlCommand)?.FailureExitCode ?? ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Failure;
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            // The reader (head, less) has seen enough.
            return ExitCode.Success;
        }
    }

    internal static RootCommand Build(CliHost host)
    {
        var options = new GlobalOptions();
        options.Controller.Context.CompletionSources.Add(_ => ContextName.Known(host));
        var root = new RootCommand("Operates NodeMesh: the daemon of this machine, resources, certificates, and the controller of many machines.")
        {
            options.Socket,
            options.Output,
            options.NoColour,
            options.Controller.Address,
            options.Controller.Context,
            options.Controller.Identity,
            options.Controller.Bundle,
            new CheckCommand(host, options),
            new StatusCommand(host, options),
            new GetCommand(host, options),
            new DescribeCommand(host, options),
            new ExplainCommand(host, options),
            new ConnectionsCommand(host, options),
            new CertificatesCommand(host, options),
            new ValidateCommand(host, options),
            new ApplyCommand(host, options),
            new DiffCommand(host, options),
            new EditCommand(host, options),
            new DeleteCommand(host, options),
            new HistoryCommand(host, options),
            new RollbackCommand(host, options),
            new WaitCommand(host, options),
            new NodeCommand(host, options),
            new AuditCommand(host, options),
            new ContextCommand(host, options),
            new CaCommand(host, options),
            new LogLevelCommand(host, options),
            new ReloadCommand(host, options),
            new DrainCommand(host, options),
            new SupportBundleCommand(host, options),
            new CompletionCommand(host, options),
            new VersionCommand(host, options),
        };

        // The library's own also answers to /h and /?, which on Linux are paths.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        var help = new HelpOption("--help", "-h") { Description = "Shows how a command is used, with examples" };
        help.Action = new ExampleHelp((HelpAction)help.Action!, Examples);
        root.Add(help);
        return root;
    }

    /// <summary>What a command may take to end after Ctrl-C. The library's two seconds are little on a machine that is starved of CPU.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>EPIPE, as the runtime reports it.</summary>
    private const int BrokenPipe = 32;

    private static int UsageError(ParseResult parsed, CliHost host)
    {
        foreach (var error in parsed.Errors)
        {
            host.Error.Write($"error: {error.Message}\n");
        }

        var command = parsed.CommandResult.Command;
        var path = command is RootCommand ? "nodemeshctl" : "nodemeshctl " + Path(command);
        host.Error.Write($"hint: {path} --help shows how it is used\n");
        return ExitCode.Usage;
    }

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{Path(parent)} {command.Name}" : command.Name;

    private static void Report(CliException error, CliHost host)
    {
        host.Error.Write($"error: {error.Message}\n");
        if (error is ApiException { Issues: { Count: > 0 } issues })
        {
            foreach (var issue in issues)
            {
                host.Error.Write(Printable.Of(issue.ToString()) + "\n");
            }
        }

        if (error.Hint is not null)
        {
            host.Error.Write($"hint: {error.Hint}\n");
        }
    }
}
