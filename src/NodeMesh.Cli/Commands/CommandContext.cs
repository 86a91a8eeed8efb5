using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>One run of one command: what was typed, where the answer goes, and the way to the daemon and the controller.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly Lazy<AdminClient> _admin;
    private readonly Lazy<ControllerClient> _controller;
    private readonly Lazy<bool> _choosesController;

    public CommandContext(CliHost host, GlobalOptions options, ParseResult parsed)
    {
        Host = host;
        Parsed = parsed;
        Format = parsed.GetValue(options.Output);
        var colour = host.OutputIsTerminal && !parsed.GetValue(options.NoColour) && string.IsNullOrEmpty(host.Environment("NO_COLOR"))
            && host.Environment("TERM") is not "dumb";
        Palette = colour ? new Palette(colour: true) : Palette.None;
        _admin = new Lazy<AdminClient>(() => new AdminClient(options.SocketOf(parsed, host)));
        _controller = new Lazy<ControllerClient>(() => ControllerClient.For(options.Controller.TargetOf(parsed, host), host.Time));
        _choosesController = new Lazy<bool>(() => options.ChoosesController(parsed, host));
    }

    public CliHost Host { get; }

    public ParseResult Parsed { get; }

    public OutputFormat Format { get; }

    /// <summary>True when a script reads the answer.</summary>
    public bool IsStructured => Format is OutputFormat.Json or OutputFormat.Yaml;

    public bool IsWide => Format == OutputFormat.Wide;

    public Palette Palette { get; }

    public AdminClient Admin => _admin.Value;

    /// <summary>The controller that is meant; the one of this machine where none is named.</summary>
    /// <exception cref="CliException">What is named cannot be used.</exception>
    public ControllerClient Controller => _controller.Value;

    /// <summary>Whether a command that can ask either is to ask the controller.</summary>
    /// <exception cref="CliException">Both are named, or the contexts cannot be read.</exception>
    public bool ChoosesController => _choosesController.Value;

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

        if (_controller.IsValueCreated)
        {
            _controller.Value.Dispose();
        }
    }
}
