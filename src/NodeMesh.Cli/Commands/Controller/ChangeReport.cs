using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Asks for a change of resources, and shows what became of each. Stateless.</summary>
internal static class ChangeReport
{
    /// <exception cref="Api.ApiException">It was not made.</exception>
    public static Task<int> MakeAsync(CommandContext context, ChangeRequest request, CancellationToken cancellationToken) =>
        MakeAsync(context, "v1/apply", request.ToJson(), _ => true, cancellationToken);

    /// <param name="path">What makes the change.</param>
    /// <param name="body">The request.</param>
    /// <param name="isShown">Which changes a person is to read of.</param>
    /// <inheritdoc cref="MakeAsync(CommandContext, ChangeRequest, CancellationToken)"/>
    public static async Task<int> MakeAsync(
        CommandContext context, string path, JsonObject body, Func<ResourceChange, bool> isShown, CancellationToken cancellationToken)
    {
        var answer = await context.Controller.SendAsync(HttpMethod.Post, path, body, cancellationToken);
        var report = context.Controller.Read(answer, ControllerJson.Default.ApplyReport);
        WriteWarnings(context, report);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        foreach (var change in report.Changes.Where(isShown))
        {
            context.WriteLine(context.Palette.Paint(change.Action.PadRight(ResourceChange.Unchanged.Length), ToneOf(change.Action)) + "  " + Printable.Of(change.Title));
        }

        context.WriteLine(Summary(report));
        return ExitCode.Success;
    }

    public static void WriteWarnings(CommandContext context, ApplyReport report)
    {
        foreach (var warning in report.Warnings)
        {
            context.Host.Error.Write(Printable.Of(warning.ToString()) + "\n");
        }
    }

    private static string Summary(ApplyReport report)
    {
        var changed = report.Changes.Count(change => change.Action is not ResourceChange.Unchanged);
        return report switch
        {
            { Revision: { } revision } => $"revision {revision}",
            { DryRun: true } when changed > 0 => $"dry run: {Humane.Count(changed, "resource", "resources")} would be changed; nothing was",
            _ => "nothing to change",
        };
    }

    private static Tone ToneOf(string action) => action switch
    {
        "created" => Tone.Good,
        "updated" => Tone.Warning,
        "deleted" => Tone.Bad,
        _ => Tone.Faint,
    };
}
