namespace NodeMesh.Http.Http2;

/// <summary>Which abuse made the engine close a connection with ENHANCE_YOUR_CALM; a label for the metric that counts it.</summary>
public enum Http2Flood
{
    None,

    /// <summary>Streams reset by the peer before they were answered (CVE-2023-44487).</summary>
    RapidReset,

    /// <summary>Too many CONTINUATION frames in one header block (CVE-2024-27316 and kin).</summary>
    ContinuationFlood,

    /// <summary>Frames without payload and without an end, one after the other (CVE-2019-9518).</summary>
    EmptyFrames,

    /// <summary>PING out of proportion (CVE-2019-9512).</summary>
    PingFlood,

    /// <summary>SETTINGS out of proportion, or very large (CVE-2019-9515).</summary>
    SettingsFlood,

    /// <summary>RST_STREAM for streams that are already gone (CVE-2019-9514).</summary>
    ResetFlood,

    /// <summary>PRIORITY out of proportion to streams (CVE-2019-9513).</summary>
    PriorityFlood,

    /// <summary>WINDOW_UPDATE out of proportion to the data sent.</summary>
    WindowUpdateFlood,

    /// <summary>A header block whose encoded size is above the bound.</summary>
    HeaderListTooLarge,

    /// <summary>Stream errors that the peer tricked us into (CVE-2025-8671).</summary>
    MadeYouReset,

    /// <summary>Streams opened above the limit again and again.</summary>
    RefusedStreams,

    /// <summary>Frames of unknown types out of proportion.</summary>
    UnknownFrames,

    /// <summary>GOAWAY again and again.</summary>
    GoAwayFlood,

    /// <summary>The peer asks for answers (PING, SETTINGS, resets) and does not read them (CVE-2019-9517).</summary>
    UnreadAnswers,
}
