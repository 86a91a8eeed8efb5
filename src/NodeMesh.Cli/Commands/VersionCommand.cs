using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Commands;

/// <summary>Which program and which daemon this is.</summary>
internal sealed class VersionCommand : CtlCommand
{
    private readonly Option<bool> _client = new("--client") { Description = "Only this program; the daemon is not asked" };

    public VersionCommand(CliHost host, GlobalOptions options)
        : base(
            "version",
            "Shows the versions of this program and of the daemon. A daemon that cannot be asked is no error.",
            "nodemeshctl version",
            "nodemeshctl version --client",
            "nodemeshctl version -o json")
    {
        Add(_client);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var client = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        string? daemon = null;
        ApiException? unreachable = null;
        if (!context.Parsed.GetValue(_client))
        {
            try
            {
                daemon = (await context.Admin.GetAsync("v1/status", AdminJson.Default.StatusReport, cancellationToken)).Version;
            }
            catch (ApiException e)
            {
                unreachable = e;
            }
        }

        if (context.IsStructured)
        {
            var versions = new JsonObject { ["nodemeshctl"] = client };
            if (daemon is not null)
            {
                versions["nodemeshd"] = daemon;
            }

            context.Write(versions);
            return ExitCode.Success;
        }

        context.WriteLine($"nodemeshctl {client}");
        if (daemon is not null || unreachable is not null)
        {
            context.WriteLine(daemon is not null ? $"nodemeshd   {daemon}" : $"nodemeshd   not asked: {unreachable!.Message}");
        }

        return ExitCode.Success;
    }
}
