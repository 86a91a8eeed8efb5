using System.Text;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Daemon.Options;

/// <summary>Reads nodemeshd.yaml as strictly as resources are read: unknown fields and wrong values are errors, all are reported. Stateless.</summary>
internal static class OptionsFile
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The defaults, overridden by what the file says. An empty file says nothing.</summary>
    /// <exception cref="OptionsException">The file cannot be read, or something in it is wrong.</exception>
    public static DaemonOptions Load(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new OptionsException($"{path}: error: the file is larger than {MaxBytes} bytes; is this the daemon's settings file?");
            }

            return Parse(path, Utf8.GetString(File.ReadAllBytes(path)));
        }
        catch (FileNotFoundException)
        {
            throw new OptionsException($"{path}: error: there is no such file; create it, or name another with --config");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"{path}: error: it cannot be read: {e.Message}");
        }
        catch (DecoderFallbackException)
        {
            throw new OptionsException($"{path}: error: the file is not UTF-8 text");
        }
    }

    internal static DaemonOptions Parse(string path, string text)
    {
        var issues = new IssueCollector();
        var file = new DocumentScope(path, issues);
        var documents = YamlComposer.Compose(text, file);
        if (documents.Count > 1)
        {
            file.Error(documents[1], "", "a second document stands here; the settings are one document");
        }

        var options = new DaemonOptions();
        if (!issues.HasErrors && documents is [var root])
        {
            OptionsSchema.Schema.TryRead(new FieldScope(root, FieldPath.Root, file), out options);
        }

        return issues.HasErrors
            ? throw new OptionsException(string.Join('\n', issues.ToList().AsEnumerable().Where(i => i.Severity == IssueSeverity.Error)))
            : options;
    }
}
