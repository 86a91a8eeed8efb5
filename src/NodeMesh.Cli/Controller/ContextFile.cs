using System.Text;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Output;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Cli.Controller;

/// <summary>The operator's contexts: <c>~/.config/nodemesh/config.yaml</c>, read with the rules of every other settings file. One per command.</summary>
internal sealed class ContextFile(CliHost host)
{
    private const int MaxContexts = 1000;

    private static readonly ScalarSchema<ControllerAddress> Address = new(ScalarForm.Text, ControllerAddress.Expected, TryParse, address => address.Text);

    private static readonly ObjectSchema<ContextEntry> Entry = new("a context", () => new ContextEntry { Name = "", Controller = ControllerAddress.Default },
    [
        Fields.Required("name", Scalars.DnsName, (ContextEntry e) => e.Name, (e, v) => e with { Name = v }),
        Fields.Required("controller", Address, (ContextEntry e) => e.Controller, (e, v) => e with { Controller = v }),
        Fields.Optional("identity", Scalars.AbsolutePath, (ContextEntry e) => e.Identity, (e, v) => e with { Identity = v }),
        Fields.Optional("bundle", Scalars.AbsolutePath, (ContextEntry e) => e.Bundle, (e, v) => e with { Bundle = v }),
    ]);

    private static readonly ObjectSchema<ContextSettings> Schema = new("the contexts", () => ContextSettings.Empty,
    [
        Fields.Optional("current", Scalars.DnsName, (ContextSettings s) => s.Current, (s, v) => s with { Current = v }),
        Fields.Optional(
            "contexts",
            new ListSchema<ContextEntry>(Entry, atMost: MaxContexts, mayBeEmpty: true),
            (ContextSettings s) => s.Contexts,
            (s, v) => s with { Contexts = v }),
    ]);

    /// <summary>Where it is; null for a user without a home.</summary>
    public string? Path { get; } = Directory(host) is { } directory ? System.IO.Path.Combine(directory, "nodemesh", "config.yaml") : null;

    /// <summary>What it says; nothing where there is none.</summary>
    /// <exception cref="CliException">Something in it is wrong.</exception>
    public ContextSettings Read()
    {
        if (Path is null || !File.Exists(Path))
        {
            return ContextSettings.Empty;
        }

        try
        {
            return SettingsFile.Load(Path, Schema, ContextSettings.Empty);
        }
        catch (SettingsException e)
        {
            throw new CliException($"the contexts cannot be used: {e.Message}", $"correct {Path}, or remove it");
        }
    }

    /// <summary>The context in use; null for none.</summary>
    /// <exception cref="CliException">The file is wrong, or names a context that it does not have.</exception>
    public ContextEntry? Current()
    {
        var settings = Read();
        return settings.Current.Length == 0
            ? null
            : settings.Find(settings.Current)
                ?? throw new CliException($"{Path} says that {settings.Current} is the current context, and has none of this name", "nodemeshctl context use NAME chooses another");
    }

    /// <exception cref="CliException">It cannot be written.</exception>
    public void Write(ContextSettings settings)
    {
        if (Path is null)
        {
            throw new CliException("there is no place for contexts: neither HOME nor XDG_CONFIG_HOME is set");
        }

        var contexts = settings.Contexts.AsEnumerable().Select(entry =>
        {
            var item = new JsonObject { ["name"] = entry.Name, ["controller"] = entry.Controller.Text };
            Add(item, "identity", entry.Identity);
            Add(item, "bundle", entry.Bundle);
            return (JsonNode)item;
        });
        var document = new JsonObject();
        Add(document, "current", settings.Current);
        document["contexts"] = new JsonArray([.. contexts]);
        try
        {
            System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, AtomicFile.OwnerOnlyDirectory);
            AtomicFile.Write(Path, Encoding.UTF8.GetBytes(YamlText.Of(document)), AtomicFile.OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{Path} cannot be written: {e.Message}");
        }
    }

    private static void Add(JsonObject item, string name, string value)
    {
        if (value.Length > 0)
        {
            item[name] = value;
        }
    }

    private static string? Directory(CliHost host) =>
        host.Environment("XDG_CONFIG_HOME") is { Length: > 0 } configured ? configured
        : host.Environment("HOME") is { Length: > 0 } home ? System.IO.Path.Combine(home, ".config")
        : null;

    private static bool TryParse(string text, out ControllerAddress value, out string? problem)
    {
        problem = null;
        return ControllerAddress.TryParse(text, out value!);
    }
}
