using NodeMesh.Cli.Output;
using Spectre.Console;

namespace NodeMesh.Cli.Commands;

/// <summary>Shows an answer again and again: in place on a terminal, one below the other anywhere else. Ends with Ctrl-C, in success.</summary>
internal static class Watch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <param name="render">The answer of this moment.</param>
    public static async Task<int> RunAsync(
        CommandContext context, Func<Palette, CancellationToken, Task<string>> render, CancellationToken cancellationToken)
    {
        try
        {
            if (context.Host.OutputIsTerminal && !context.IsStructured)
            {
                await InPlaceAsync(context, render, cancellationToken);
            }
            else
            {
                await OneBelowTheOtherAsync(context, render, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }

        return ExitCode.Success;
    }

    private static async Task OneBelowTheOtherAsync(
        CommandContext context, Func<Palette, CancellationToken, Task<string>> render, CancellationToken cancellationToken)
    {
        while (true)
        {
            context.Write(await render(Palette.None, cancellationToken));
            context.Write(context.IsStructured ? "" : "\n");
            await Task.Delay(Interval, context.Host.Time, cancellationToken);
        }
    }

    private static async Task InPlaceAsync(
        CommandContext context, Func<Palette, CancellationToken, Task<string>> render, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Host.Output) });
        await console.Live(Screen(context, "")).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(async live =>
        {
            while (true)
            {
                live.UpdateTarget(Screen(context, await render(Palette.None, cancellationToken)));
                await Task.Delay(Interval, context.Host.Time, cancellationToken);
            }
        });
    }

    // Lines wider than the terminal are cut: wrapped, the columns could not be followed. The heading also keeps the screen from being one line
    // high, which the library redraws by moving up zero lines; terminals take zero for one.
    private static Text Screen(CommandContext context, string text) =>
        new($"{Humane.Time(context.Host.Time.GetUtcNow())}, every {Interval.TotalSeconds:0}s until Ctrl-C\n\n{text.TrimEnd('\n')}") { Overflow = Overflow.Ellipsis };
}
