using System.Globalization;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>How one request ended.</summary>
/// <param name="Status">The HTTP status the client was given; 0 when it was given none.</param>
/// <param name="GrpcStatus">The status of a gRPC call, or <see cref="NoGrpcStatus"/>.</param>
/// <param name="Refusal">Why it did not end well, when the daemon knows.</param>
public readonly record struct RequestOutcome(int Status, int GrpcStatus = RequestOutcome.NoGrpcStatus, RefusalCode Refusal = RefusalCode.None)
{
    public const int NoGrpcStatus = -1;

    // What peers send as a status may be any number; what is no status must not make label values without end.
    private const string OutOfRange = "other";
    private const string NoFlags = "-";

    private static readonly string[] Statuses = Numbers(600);
    private static readonly string[] GrpcStatuses = Numbers(17);

    /// <summary>The label <c>response_code</c>.</summary>
    internal string StatusLabel => Status is 0 or (>= 100 and < 600) ? Statuses[Status] : OutOfRange;

    /// <summary>The label <c>grpc_response_status</c>; empty, which to Prometheus is no label, where the call is not gRPC.</summary>
    internal string GrpcLabel => GrpcStatus == NoGrpcStatus ? string.Empty : (uint)GrpcStatus < GrpcStatuses.Length ? GrpcStatuses[GrpcStatus] : OutOfRange;

    /// <summary>The label <c>response_flags</c>.</summary>
    internal string Flags => RefusalCodes.Describe(Refusal).Flag is { Length: > 0 } flag ? flag : NoFlags;

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
