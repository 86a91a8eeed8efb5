namespace NodeMesh.Cli.Output;

/// <summary>One value of a table.</summary>
/// <param name="Text">Empty for no value.</param>
/// <param name="Tone">How it is meant.</param>
internal readonly record struct Cell(string? Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string? text) => new(text);

    public static implicit operator Cell(long number) => new(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What stands in the column; control characters are shown, not sent to the terminal.</summary>
    public string Shown => string.IsNullOrEmpty(Text) ? "-" : Printable.Of(Text);
}
