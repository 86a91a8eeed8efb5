using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>
/// Shows what the controller has of a kind, and then each change as it is made, until Ctrl-C. A connection that breaks is made anew, and nothing is
/// missed. One per command.
/// </summary>
internal sealed class ControllerWatch(CommandContext context, ListedKind kind, NameFilter filter, Func<IReadOnlyList<JsonNode>, CancellationToken, Task<Table>> tableOf)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly List<JsonNode> _present = [];
    private long? _revision;
    private bool _isLost;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await FollowAsync(cancellationToken);
                await Task.Delay(Pause, context.Host.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
            return ExitCode.Success;
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var only = kind.Kinds is [var single] ? $"&kind={single}" : "";
        var since = _revision is { } known ? string.Create(CultureInfo.InvariantCulture, $"&revision={known}") : "";
        try
        {
            await foreach (var line in context.Controller.LinesAsync($"v1/resources?watch=true{only}{filter.Query}{since}", cancellationToken))
            {
                _isLost = false;
                await ShowAsync(line, cancellationToken);
            }
        }
        catch (ApiException e) when (e.Failure == ApiFailure.Gone)
        {
            context.Host.Error.Write($"{e.Message}\n");
            _revision = null;
        }
        catch (ApiException e) when (e.Failure == ApiFailure.Unreachable && _revision is not null)
        {
            // It was there before: it may be on its way up again.
            if (!_isLost)
            {
                context.Host.Error.Write($"{e.Message}; trying again\n");
            }

            _isLost = true;
        }
    }

    private async Task ShowAsync(JsonNode line, CancellationToken cancellationToken)
    {
        if ((string?)line["action"] is not { } action)
        {
            await EndRevisionAsync((long?)line["revision"] ?? 0, cancellationToken);
            return;
        }

        if (kind != ListedKind.Resources && !kind.Kinds.Contains((string?)line["kind"] ?? "", StringComparer.Ordinal))
        {
            return;
        }

        if (context.IsStructured)
        {
            context.Write(context.Format == OutputFormat.Yaml ? "---\n" + YamlText.Of(line) : JsonText.InOneLine(line));
        }
        else if (action is "present")
        {
            _present.Add(line["resource"]!.DeepClone());
        }
        else
        {
            var name = (string?)line["namespace"] is { } space ? $"{space}/{(string?)line["name"]}" : (string?)line["name"];
            context.WriteLine(Printable.Of($"{action,-9}  {(string?)line["kind"]} {name}  revision {line["revision"]}"));
        }
    }

    private async Task EndRevisionAsync(long revision, CancellationToken cancellationToken)
    {
        if (_revision is null && !context.IsStructured && _present.Count > 0)
        {
            context.Write(await tableOf(_present, cancellationToken));
            _present.Clear();
        }

        _revision = revision;
    }
}
