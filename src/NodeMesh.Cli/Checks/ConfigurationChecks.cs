using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Checks;

/// <summary>Is what the files say what is in force?</summary>
/// <param name="status">What the daemon says.</param>
internal sealed class ConfigurationChecks(StatusReport status) : CheckGroup("configuration")
{
    public override Task RunAsync(CancellationToken cancellationToken)
    {
        var configuration = status.Configuration;
        if (configuration.Revision == 0)
        {
            Failed($"nothing is loaded yet from {configuration.Directory}", $"nodemeshctl validate {configuration.Directory}");
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
            Failed($"the files in {configuration.Directory} are wrong and not in force{first}{more}", $"nodemeshctl validate {configuration.Directory}");
        }
        else if (configuration.Revision > 0)
        {
            Passed("it is what the files say");
        }

        foreach (var warning in configuration.Warnings)
        {
            Warning(warning.ToString(), "it is in force nevertheless");
        }

        return Task.CompletedTask;
    }
}
