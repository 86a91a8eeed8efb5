namespace NodeMesh.Cli.Output;

/// <summary>Colours text, or leaves it alone when nobody at a terminal reads it. Immutable.</summary>
internal sealed class Palette(bool colour)
{
    public static Palette None { get; } = new(colour: false);

    public string Paint(string text, Tone tone)
    {
        var code = tone switch
        {
            Tone.Good => "32",
            Tone.Warning => "33",
            Tone.Bad => "31",
            Tone.Faint => "2",
            Tone.Strong => "1",
            _ => "",
        };
        return !colour || code.Length == 0 || text.Length == 0 ? text : $"\e[{code}m{text}\e[0m";
    }
}
