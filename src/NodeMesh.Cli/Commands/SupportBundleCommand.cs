using System.CommandLine;
using System.Globalization;
using System.Text;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Checks;
using NodeMesh.Cli.Output;
using NodeMesh.Cli.Support;

namespace NodeMesh.Cli.Commands;

/// <summary>Packs what somebody who helps wants to see into one file, without secrets.</summary>
internal sealed class SupportBundleCommand : CtlCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Option<string?> _file = new("--file") { Description = "The file to make, a tar.gz [nodemesh-support-HOST-TIME.tar.gz]", HelpName = "PATH" };

    public SupportBundleCommand(CliHost host, GlobalOptions options)
        : base(
            "support-bundle",
            "Packs status, configuration, logs and rules of this machine into one file for whoever helps. Private keys, tokens and passwords are taken out; "
                + "names, addresses and paths of requests are not: look through it before you give it away.",
            "sudo nodemeshctl support-bundle",
            "sudo nodemeshctl support-bundle --file /tmp/bundle.tar.gz && tar tzf /tmp/bundle.tar.gz")
    {
        Add(_file);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var now = context.Host.Time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var name = $"nodemesh-support-{Environment.MachineName}-{now}";
        var path = context.Parsed.GetValue(_file) ?? name + ".tar.gz";
        try
        {
            using var archive = new SupportArchive(path, name, context.Host.Time);
            var missing = new StringBuilder();
            await AskDaemonAsync(context, archive, missing, cancellationToken);
            await ScrapeAsync(context, archive, missing, cancellationToken);
            await LookAroundAsync(context.Host.Machine, archive, missing, cancellationToken);
            archive.Add("check.txt", await CheckAsync(context, cancellationToken));
            archive.Add("missing.txt", missing.ToString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be made: {e.Message}", "name another file with --file");
        }

        context.WriteLine(context.IsStructured ? JsonText.Of(new System.Text.Json.Nodes.JsonObject { ["file"] = Path.GetFullPath(path) }).TrimEnd() : path);
        if (!context.Host.Machine.IsRoot)
        {
            context.Host.Error.Write("warning: made without root; the log, the rules and the daemon's answers may be missing\n");
        }

        return ExitCode.Success;
    }

    private static async Task AskDaemonAsync(CommandContext context, SupportArchive archive, StringBuilder missing, CancellationToken cancellationToken)
    {
        foreach (var (name, path) in SupportContents.Answers)
        {
            try
            {
                archive.Add(name, JsonText.Of(await context.Admin.GetAsync(path, cancellationToken)));
            }
            catch (ApiException e)
            {
                missing.Append(CultureInfo.InvariantCulture, $"{name}: {e.Message}\n");
            }
        }
    }

    /// <summary>The daemon's metrics, as whoever scrapes them gets them.</summary>
    private static async Task ScrapeAsync(CommandContext context, SupportArchive archive, StringBuilder missing, CancellationToken cancellationToken)
    {
        const string Metrics = "daemon/metrics.txt";
        try
        {
            var status = await context.Admin.GetAsync("v1/status", AdminJson.Default.StatusReport, cancellationToken);
            if (status.Listeners.FirstOrDefault(listener => listener.Name is "telemetry") is not { Address: var address })
            {
                missing.Append(CultureInfo.InvariantCulture, $"{Metrics}: the daemon serves none (telemetry.listen)\n");
                return;
            }

            using var http = new HttpClient { Timeout = Patience };
            archive.Add(Metrics, await http.GetStringAsync(new Uri($"http://{address}/metrics"), cancellationToken));
        }
        catch (Exception e) when (e is ApiException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            missing.Append(CultureInfo.InvariantCulture, $"{Metrics}: {e.Message}\n");
        }
    }

    private static async Task LookAroundAsync(Machine machine, SupportArchive archive, StringBuilder missing, CancellationToken cancellationToken)
    {
        foreach (var file in SupportContents.Files)
        {
            if (machine.Read(file) is { } content)
            {
                archive.Add("files" + file, content);
            }
            else
            {
                missing.Append(CultureInfo.InvariantCulture, $"{file}: not there, or not to be read\n");
            }
        }

        foreach (var (name, program, arguments) in SupportContents.Commands)
        {
            if (await machine.RunAsync(program, arguments, cancellationToken) is { } run)
            {
                archive.Add(name, run.Error.Length == 0 ? run.Output : $"{run.Output}\n{run.Error}");
            }
            else
            {
                missing.Append(CultureInfo.InvariantCulture, $"{name}: there is no {program}\n");
            }
        }
    }

    /// <summary>What the operator would see.</summary>
    private static async Task<string> CheckAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = output,
            Input = () => Stream.Null,
            Environment = context.Host.Environment,
            Time = context.Host.Time,
            Machine = context.Host.Machine,
        };
        await CommandTree.InvokeAsync(["check", "--socket", context.Admin.Address], host, cancellationToken);
        return output.ToString();
    }
}
