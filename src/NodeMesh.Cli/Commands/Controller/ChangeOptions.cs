using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The options that commands which change resources share.</summary>
internal sealed class ChangeOptions
{
    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Shows what would be changed; changes nothing" };

    public Option<string?> Reason { get; } = new("--reason") { Description = "What it is for, as the history is to say", HelpName = "TEXT" };

    public Option<long?> Base { get; } = Number("--base", "The revision you have seen: refused when somebody has changed one of the resources since");

    public static Option<string[]> Files(string description) => new("--filename", "-f")
    {
        Description = description,
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<long?> Number(string name, string description, long most = long.MaxValue)
    {
        var option = new Option<long?>(name) { Description = description, HelpName = "N" };
        option.CustomParser = result => ParseNumber(result, name, most);
        return option;
    }

    public static Argument<long?> Revision(ArgumentArity arity)
    {
        var argument = new Argument<long?>("REVISION") { Description = "The number of a revision", Arity = arity };
        argument.CustomParser = result => ParseNumber(result, "REVISION", long.MaxValue);
        return argument;
    }

    /// <summary>The request that these options ask for.</summary>
    public ChangeRequest Request(ParseResult parsed, string defaultReason) => new()
    {
        DryRun = parsed.GetValue(DryRun),
        Reason = parsed.GetValue(Reason) ?? defaultReason,
        Base = parsed.GetValue(Base),
    };

    private static long? ParseNumber(System.CommandLine.Parsing.ArgumentResult result, string name, long most)
    {
        if (long.TryParse(result.Tokens[0].Value, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most)
        {
            return number;
        }

        result.AddError($"{name} {result.Tokens[0].Value} is not right: a whole number {(most == long.MaxValue ? "from 1 on" : $"from 1 to {most}")} is expected");
        return null;
    }
}
