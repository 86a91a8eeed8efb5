using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Mesh;

/// <summary>Declares <see cref="HttpSettings"/>.</summary>
internal static class HttpSettingsSchema
{
    public static ObjectSchema<HttpSettings> Schema { get; } = new("the HTTP settings", () => new HttpSettings(),
    [
        Number("maxHeaderBytes", "bytes", 1024, 1024 * 1024, h => h.MaxHeaderBytes, (h, v) => h with { MaxHeaderBytes = v }),
        Number("maxHeaderFields", "a count", 10, 10_000, h => h.MaxHeaderFields, (h, v) => h with { MaxHeaderFields = v }),
        Number("maxRequestLineBytes", "bytes", 256, 64 * 1024, h => h.MaxRequestLineBytes, (h, v) => h with { MaxRequestLineBytes = v }),
        Number("maxConcurrentStreams", "a count", 1, 100_000, h => h.MaxConcurrentStreams, (h, v) => h with { MaxConcurrentStreams = v }),
        Number(
            "maxConcurrentStreamsOutside", "a count", 1, 100_000, h => h.MaxConcurrentStreamsOutside, (h, v) => h with { MaxConcurrentStreamsOutside = v }),
        Duration("headerTimeout", TimeSpan.FromMinutes(10), h => h.HeaderTimeout, (h, v) => h with { HeaderTimeout = v }),
        Duration("idleTimeout", TimeSpan.FromHours(24), h => h.IdleTimeout, (h, v) => h with { IdleTimeout = v }),
        Duration("sniffTimeout", TimeSpan.FromSeconds(30), h => h.SniffTimeout, (h, v) => h with { SniffTimeout = v }),
        Fields.Optional("mergeSlashes", Scalars.Boolean, (HttpSettings h) => h.MergeSlashes, (h, v) => h with { MergeSlashes = v }),
        Fields.Optional(
            "encodedSlashes",
            Choice.Of(("Keep", EncodedSlashes.Keep), ("Reject", EncodedSlashes.Reject)),
            (HttpSettings h) => h.EncodedSlashes,
            (h, v) => h with { EncodedSlashes = v }),
        Fields.Optional("floods", HttpFloodLimitsSchema.Schema, (HttpSettings h) => h.Floods, (h, v) => h with { Floods = v }),
    ]);

    private static Field<HttpSettings> Number(
        string name, string what, int least, int most, Func<HttpSettings, int> get, Func<HttpSettings, int, HttpSettings> set) =>
        Fields.Optional(name, Scalars.Number(what, least, most, number => (int)number, value => value), get, set);

    private static Field<HttpSettings> Duration(
        string name, TimeSpan most, Func<HttpSettings, TimeSpan> get, Func<HttpSettings, TimeSpan, HttpSettings> set) =>
        Fields.Optional(name, Scalars.DurationWithin(TimeSpan.FromMilliseconds(10), most), get, set);
}
