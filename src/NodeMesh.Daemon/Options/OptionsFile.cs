using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Options;

/// <summary>Reads nodemeshd.yaml. Stateless.</summary>
internal static class OptionsFile
{
    /// <summary>The defaults, overridden by what the file says. An empty file says nothing.</summary>
    /// <exception cref="SettingsException">The file cannot be read, or something in it is wrong.</exception>
    public static DaemonOptions Load(string path) => SettingsFile.Load(path, OptionsSchema.Schema, new DaemonOptions());

    internal static DaemonOptions Parse(string path, string text) => SettingsFile.Parse(path, text, OptionsSchema.Schema, new DaemonOptions());
}
