namespace NodeMesh.Http.Http2;

/// <summary>What the kinds of <see cref="Http2StreamFault"/> are called in metrics and logs.</summary>
public static class Http2StreamFaultLabels
{
    /// <summary>A constant of the form <c>header_list_too_large</c>.</summary>
    public static string Label(this Http2StreamFault fault) => fault switch
    {
        Http2StreamFault.HeaderListTooLarge => "header_list_too_large",
        Http2StreamFault.TooManyStreams => "too_many_streams",
        Http2StreamFault.Draining => "draining",
        Http2StreamFault.TooManyInterimResponses => "too_many_interim_responses",
        _ => "protocol",
    };
}
