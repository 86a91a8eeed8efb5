namespace NodeMesh.Http.Http2;

/// <summary>What the kinds of <see cref="Http2Flood"/> are called in metrics and logs.</summary>
public static class Http2FloodLabels
{
    /// <summary>A constant of the form <c>rapid_reset</c>; "none" for <see cref="Http2Flood.None"/>.</summary>
    public static string Label(this Http2Flood flood) => flood switch
    {
        Http2Flood.RapidReset => "rapid_reset",
        Http2Flood.ContinuationFlood => "continuation",
        Http2Flood.EmptyFrames => "empty_frames",
        Http2Flood.PingFlood => "ping",
        Http2Flood.SettingsFlood => "settings",
        Http2Flood.ResetFlood => "reset",
        Http2Flood.PriorityFlood => "priority",
        Http2Flood.WindowUpdateFlood => "window_update",
        Http2Flood.HeaderListTooLarge => "header_block_too_large",
        Http2Flood.MadeYouReset => "made_you_reset",
        Http2Flood.RefusedStreams => "refused_streams",
        Http2Flood.UnknownFrames => "unknown_frames",
        Http2Flood.GoAwayFlood => "goaway",
        Http2Flood.UnreadAnswers => "unread_answers",
        _ => "none",
    };
}
