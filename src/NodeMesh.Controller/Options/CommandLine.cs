namespace NodeMesh.Controller.Options;

/// <summary>The flags of nodemesh-controller.</summary>
/// <param name="Config">The settings file.</param>
internal sealed record CommandLine(string Config, bool Check, bool ShowVersion, bool ShowHelp)
{
    public const string Help = $"""
        nodemesh-controller, the control plane of NodeMesh.

        Usage: nodemesh-controller [FLAGS]

          --config FILE        the settings (default {ControllerOptions.DefaultFile})
          --check              read the settings, say what is wrong with them, and exit
          --version            print the version and exit
          --help               print this and exit

        SIGTERM ends it; the nodes go on with what they have. SIGHUP makes it read its operators again.
        Exit codes: 0 ended as asked, 1 cannot start or failed, 2 settings or flags are wrong.
        """;

    /// <exception cref="Resources.Loading.SettingsException">A flag is unknown, or its value missing.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine(ControllerOptions.DefaultFile, false, false, false);
        for (var i = 0; i < arguments.Count; i++)
        {
            line = arguments[i] switch
            {
                "--check" => line with { Check = true },
                "--version" => line with { ShowVersion = true },
                "--help" or "-h" => line with { ShowHelp = true },
                "--config" when i + 1 < arguments.Count => line with { Config = arguments[++i] },
                var flag when flag.StartsWith("--config=", StringComparison.Ordinal) => line with { Config = flag["--config=".Length..] },
                "--config" => throw new Resources.Loading.SettingsException("--config needs a value; see nodemesh-controller --help"),
                var flag => throw new Resources.Loading.SettingsException($"\"{flag}\" is no flag of nodemesh-controller; see nodemesh-controller --help"),
            };
        }

        return line;
    }
}
