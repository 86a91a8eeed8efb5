using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Mesh;

/// <summary>Declares <see cref="HttpFloodLimits"/>.</summary>
internal static class HttpFloodLimitsSchema
{
    private const int Most = 1_000_000;

    private static readonly ObjectSchema<HttpFloodLimit> LimitSchema = new("a limit on floods", () => new HttpFloodLimit(0, 0),
    [
        Fields.Required("burst", Count(0), (HttpFloodLimit l) => l.Burst, (l, v) => l with { Burst = v }),
        Fields.Required("perSecond", Count(0), (HttpFloodLimit l) => l.PerSecond, (l, v) => l with { PerSecond = v }),
    ]);

    public static ObjectSchema<HttpFloodLimits> Schema { get; } = new("the limits on floods", () => new HttpFloodLimits(),
    [
        Limit("rapidResets", f => f.RapidResets, (f, v) => f with { RapidResets = v }),
        Limit("streamErrors", f => f.StreamErrors, (f, v) => f with { StreamErrors = v }),
        Limit("refusedStreams", f => f.RefusedStreams, (f, v) => f with { RefusedStreams = v }),
        Limit("lateResets", f => f.LateResets, (f, v) => f with { LateResets = v }),
        Limit("pings", f => f.Pings, (f, v) => f with { Pings = v }),
        Limit("settings", f => f.Settings, (f, v) => f with { Settings = v }),
        Limit("priorities", f => f.Priorities, (f, v) => f with { Priorities = v }),
        Limit("windowUpdates", f => f.WindowUpdates, (f, v) => f with { WindowUpdates = v }),
        Limit("unknownFrames", f => f.UnknownFrames, (f, v) => f with { UnknownFrames = v }),
        Limit("goAways", f => f.GoAways, (f, v) => f with { GoAways = v }),
        Number("maxContinuationFrames", Count(0), f => f.MaxContinuationFrames, (f, v) => f with { MaxContinuationFrames = v }),
        Number("maxEmptyFrames", Count(0), f => f.MaxEmptyFrames, (f, v) => f with { MaxEmptyFrames = v }),
        Number("maxUnreadAnswerBytes", Bytes(), f => f.MaxUnreadAnswerBytes, (f, v) => f with { MaxUnreadAnswerBytes = v }),
    ]);

    private static ScalarSchema<int> Count(int least) => Scalars.Number("a count", least, Most, number => (int)number, value => value);

    private static ScalarSchema<int> Bytes() => Scalars.Number("bytes", 4096, 16 * 1024 * 1024, number => (int)number, value => value);

    private static Field<HttpFloodLimits> Limit(
        string name, Func<HttpFloodLimits, HttpFloodLimit> get, Func<HttpFloodLimits, HttpFloodLimit, HttpFloodLimits> set) =>
        Fields.Optional(name, LimitSchema, get, set);

    private static Field<HttpFloodLimits> Number(
        string name, ScalarSchema<int> schema, Func<HttpFloodLimits, int> get, Func<HttpFloodLimits, int, HttpFloodLimits> set) =>
        Fields.Optional(name, schema, get, set);
}
