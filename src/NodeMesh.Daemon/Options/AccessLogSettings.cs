namespace NodeMesh.Daemon.Options;

/// <summary>Where the line of each connection goes.</summary>
internal sealed record AccessLogSettings
{
    public const string StandardOutput = "stdout";
    public const string Off = "off";

    /// <summary>A path, <see cref="StandardOutput"/> or <see cref="Off"/>.</summary>
    public string Output { get; init; } = StandardOutput;

    public bool IsOff => string.Equals(Output, Off, StringComparison.Ordinal);

    public bool IsStandardOutput => string.Equals(Output, StandardOutput, StringComparison.Ordinal);
}
