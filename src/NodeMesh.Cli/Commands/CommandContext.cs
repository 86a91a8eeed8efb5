using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>One run of one command: what was typed, where the answer goes, and the way to the daemon.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly Lazy<AdminClient> _admin;

    public CommandContext(CliHost host, GlobalOptions options, ParseResult parsed)
    {
        Host = host;
        Parsed = parsed;
        Format = parsed.GetValue(options.Output);
        var colour = host.OutputIsTerminal && !parsed.GetValue(options.NoColour) && string.IsNullOrEmpty(host.Environment("NO_COLOR"))
            && host.Environment("TERM") is not "dumb";
        Palette = colour ? new Palette(colour: true) : Palette.None;
        _admin = new Lazy<AdminClient>(() => new AdminClient(options.SocketOf(parsed, host)));
    }

    public CliHost Host { get; }

    public ParseResult Parsed { get; }

    public OutputFormat Format { get; }

    /// <summary>True when a script reads the answer.</summary>
    public bool IsStructured => Format is OutputFormat.Json or OutputFormat.Yaml;

    public bool IsWide => Format == OutputFormat.Wide;

    public Palette Palette { get; }

    public AdminClient Admin => _admin.Value;

    public void Write(string text) => Host.Output.Write(text);

    public void WriteLine(string line) => Host.Output.Write(line + "\n");

    public void Write(Table table) => Host.Output.Write(table.Render(Palette));

    /// <summary>Writes the answer in the structured form that was asked for.</summary>
    public void Write(JsonNode answer) => Host.Output.Write(Format == OutputFormat.Yaml ? YamlText.Of(answer) : JsonText.Of(answer));

    public void Dispose()
    {
        if (_admin.IsValueCreated)
        {
            _admin.Value.Dispose();
        }
    }
}
