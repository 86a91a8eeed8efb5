using Microsoft.Extensions.Logging;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Daemon.Options;

/// <summary>The flags of nodemeshd. They win over the settings file.</summary>
internal sealed record CommandLine
{
    public const string Help = $"""
        nodemeshd, the node daemon of NodeMesh.

        Usage: nodemeshd [FLAGS]

          --config FILE        the settings (default {DaemonOptions.DefaultFile}; when that is missing, all defaults hold)
          --node NAME          the name of this machine's Node resource (default: the host name)
          --resources DIR      the mesh's resources (default /etc/nodemesh/resources)
          --identities DIR     certificates and keys of this machine's workloads (default /var/lib/nodemesh/identities)
          --bundles DIR        trust bundles (default /var/lib/nodemesh/bundles)
          --log-level LEVEL    trace, debug, information, warning, error or critical (default information)
          --check              read settings and resources, say what is wrong with them, and exit
          --version            print the version and exit
          --help               print this and exit

        Flags win over the settings file. SIGHUP reloads, SIGTERM drains and ends; a second one ends at once.
        Exit codes: 0 ended as asked, 1 cannot start or failed, 2 settings, flags or (with --check) resources are wrong.
        """;

    private static readonly string[] Known =
        ["--config", "--node", "--resources", "--identities", "--bundles", "--log-level", "--check", "--version", "--help"];

    public string? Config { get; init; }

    public string? Node { get; init; }

    public string? Resources { get; init; }

    public string? Identities { get; init; }

    public string? Bundles { get; init; }

    public LogLevel? LogLevel { get; init; }

    public bool Check { get; init; }

    public bool ShowVersion { get; init; }

    public bool ShowHelp { get; init; }

    /// <exception cref="SettingsException">A flag is unknown, or its value missing or wrong.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var equals = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i].IndexOf('=', StringComparison.Ordinal) : -1;
            var flag = equals < 0 ? arguments[i] : arguments[i][..equals];
            if (flag is "--check" or "--version" or "--help" or "-h")
            {
                line = equals < 0
                    ? Switch(line, flag)
                    : throw new SettingsException($"{flag} takes no value");
                continue;
            }

            if (!Known.Contains(flag, StringComparer.Ordinal))
            {
                throw new SettingsException($"\"{flag}\" is no flag of nodemeshd; {Suggestion.For(flag, Known)}");
            }

            var value = equals >= 0 ? arguments[i][(equals + 1)..] : ++i < arguments.Count ? arguments[i] : "";
            line = value.Length > 0 ? Set(line, flag, value) : throw new SettingsException($"{flag} needs a value; see nodemeshd --help");
        }

        return line;
    }

    /// <summary>The settings that hold: defaults, file, flags.</summary>
    /// <exception cref="SettingsException">The file is wrong, or named and missing.</exception>
    public DaemonOptions LoadOptions()
    {
        var options = Config is not null || File.Exists(DaemonOptions.DefaultFile)
            ? OptionsFile.Load(Config ?? DaemonOptions.DefaultFile)
            : new DaemonOptions();
        return options with
        {
            Node = Node ?? options.Node,
            Resources = Absolute(Resources) ?? options.Resources,
            Identities = Absolute(Identities) ?? options.Identities,
            Bundles = Absolute(Bundles) ?? options.Bundles,
            LogLevel = LogLevel ?? options.LogLevel,
        };
    }

    private static CommandLine Switch(CommandLine line, string flag) => flag switch
    {
        "--check" => line with { Check = true },
        "--version" => line with { ShowVersion = true },
        _ => line with { ShowHelp = true },
    };

    private static CommandLine Set(CommandLine line, string flag, string value) => flag switch
    {
        "--config" => line with { Config = value },
        "--node" => line with { Node = Scalar(OptionsSchema.NodeName, flag, value) },
        "--resources" => line with { Resources = value },
        "--identities" => line with { Identities = value },
        "--bundles" => line with { Bundles = value },
        _ => line with { LogLevel = Scalar(OptionsSchema.Level, flag, value) },
    };

    private static T Scalar<T>(ScalarSchema<T> schema, string flag, string value) => schema.TryParse(value, out var parsed)
        ? parsed
        : throw new SettingsException($"{flag}: \"{value}\" is not {schema.Expected}");

    private static string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path);
}
