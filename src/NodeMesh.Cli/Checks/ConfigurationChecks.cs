using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Checks;

/// <summary>Is what the files say, or the controller gave, what is in force?</summary>
/// <param name="status">What the daemon says.</param>
internal sealed class ConfigurationChecks(StatusReport status) : CheckGroup("configuration")
{
    public override Task RunAsync(CancellationToken cancellationToken)
    {
        var configuration = status.Configuration;
        var source = configuration.Directory ?? "the controller";
        var hint = configuration.Directory is { } directory
            ? $"nodemeshctl validate {directory}"
            : "journalctl -u nodemeshd, and nodemeshctl history on the controller's machine";
        if (configuration.Revision == 0)
        {
            Failed($"nothing is loaded yet from {source}", hint);
        }
        else
        {
            var count = configuration.Resources.Values.Sum();
            Passed($"revision {configuration.Revision} is in force, {Humane.Count(count, "resource", "resources")}, loaded {Humane.Duration(configuration.AgeSeconds ?? 0)} ago");
        }

        if (configuration.Rejected is { } rejected)
        {
            var first = rejected.Errors.Count > 0 ? $": {rejected.Errors[0]}" : "";
            var more = rejected.Errors.Count > 1 ? $" (and {rejected.Errors.Count - 1} more)" : "";
            var what = configuration.Directory is null ? "what the controller gave last is" : $"the files in {configuration.Directory} are";
            Failed($"{what} wrong and not in force{first}{more}", hint);
        }
        else if (configuration.Revision > 0)
        {
            Passed(configuration.Directory is null ? "it is what the controller gave last" : "it is what the files say");
        }

        foreach (var warning in configuration.Warnings)
        {
            Warning(warning.ToString(), "it is in force nevertheless");
        }

        return Task.CompletedTask;
    }
}
