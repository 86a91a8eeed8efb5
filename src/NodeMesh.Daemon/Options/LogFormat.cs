namespace NodeMesh.Daemon.Options;

/// <summary>How the daemon's own log is written.</summary>
internal enum LogFormat
{
    /// <summary>Lines for people; with priority prefixes (sd-daemon(3)) when the journal reads them.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
