using System.Text;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Loading;

/// <summary>
/// Reads the settings file of a program as strictly as resources are read: unknown fields and wrong values are errors, all are reported. Stateless.
/// </summary>
internal static class SettingsFile
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The settings; <paramref name="defaults"/> when the file says nothing.</summary>
    /// <exception cref="SettingsException">The file cannot be read, or something in it is wrong.</exception>
    public static T Load<T>(string path, ObjectSchema<T> schema, T? defaults)
        where T : class
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Wrong(path, $"the file is larger than {MaxBytes} bytes; is this the program's settings file?");
            }

            return Parse(path, Utf8.GetString(File.ReadAllBytes(path)), schema, defaults);
        }
        catch (FileNotFoundException)
        {
            throw Wrong(path, "there is no such file; create it, or name another with --config");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"it cannot be read: {e.Message}");
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(path, "the file is not UTF-8 text");
        }
    }

    /// <param name="path">As it appears in errors.</param>
    public static T Parse<T>(string path, string text, ObjectSchema<T> schema, T? defaults)
        where T : class
    {
        var issues = new IssueCollector();
        var file = new DocumentScope(path, issues);
        var documents = YamlComposer.Compose(text, file);
        if (documents.Count > 1)
        {
            file.Error(documents[1], "", "a second document stands here; the settings are one document");
        }

        var settings = defaults;
        if (!issues.HasErrors && documents is [var root])
        {
            schema.TryRead(new FieldScope(root, FieldPath.Root, file), out settings);
        }
        else if (!issues.HasErrors && settings is null)
        {
            file.Error(0, 0, "", "the file says nothing, and there are settings without a default");
        }

        return issues.HasErrors
            ? throw new SettingsException([.. issues.ToList().Where(issue => issue.Severity == IssueSeverity.Error)])
            : settings!;
    }

    private static SettingsException Wrong(string path, string message) =>
        new([new ResourceIssue { Severity = IssueSeverity.Error, Location = new SourceLocation(path, 0, 0), Message = message }]);
}
