using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Commands;

/// <summary>Has the daemon read its files now.</summary>
internal sealed class ReloadCommand : CtlCommand
{
    public ReloadCommand(CliHost host, GlobalOptions options)
        : base(
            "reload",
            "Has the daemon read resources, identities and bundles now, and waits for the outcome. Exits 1 when one is wrong, or the settings are; what was in force then stays.",
            "nodemeshctl reload",
            "nodemeshctl validate /etc/nodemesh/resources && nodemeshctl reload")
    {
        Runs(host, options, RunAsync);
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await context.Admin.SendAsync(HttpMethod.Post, "v1/reload", body: null, cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        foreach (var warning in context.Admin.Read(answer["warnings"] ?? new System.Text.Json.Nodes.JsonArray(), AdminJson.Default.IssueArray))
        {
            context.Host.Error.Write($"{warning}\n");
        }

        var revision = (long?)answer["revision"] ?? 0;
        context.WriteLine((bool?)answer["changed"] == true ? $"revision {revision} is in force" : $"nothing has changed; revision {revision} stays in force");
        return ExitCode.Success;
    }
}
