using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>Writes entries as JSON lines. Owned and used by the log's one writer.</summary>
internal sealed class AccessLogFormatter : IDisposable
{
    private const int AddressLength = 64;

    private static readonly JsonEncodedText[] Directions =
        [JsonEncodedText.Encode("outbound"), JsonEncodedText.Encode("inbound"), JsonEncodedText.Encode("inbound-plaintext")];

    // The lines are read by log pipelines, not put into HTML: only what JSON itself needs is escaped.
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public void Dispose() => _json.Dispose();

    internal void Write(AccessLogEntry entry, IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        WriteTime(entry.Time);
        _json.WriteNumber("connection"u8, entry.ConnectionId);
        _json.WriteString("direction"u8, Directions[(int)entry.Direction]);
        WritePeer("source"u8, entry.Source);
        WritePeer("destination"u8, entry.Destination);
        WriteOptional("protocol"u8, entry.Protocol);
        WriteRequest(entry.Request);
        if (entry.Refusal != RefusalCode.None)
        {
            var refusal = RefusalCodes.Describe(entry.Refusal);
            WriteOptional("flags"u8, refusal.Flag.Length == 0 ? null : refusal.Flag);
            _json.WriteString("refusal"u8, refusal.Name);
        }

        WriteOptional("detail"u8, entry.Detail);
        WriteOptional("policy"u8, entry.Policy);
        _json.WriteNumber("bytes_received"u8, entry.BytesReceived);
        _json.WriteNumber("bytes_sent"u8, entry.BytesSent);
        WriteMilliseconds("duration_ms"u8, entry.Duration);
        if (entry.ConnectDuration is { } connect)
        {
            WriteMilliseconds("connect_ms"u8, connect);
        }

        _json.WriteNumber("tries"u8, entry.Tries);
        WriteTls(entry.Tls);
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }

    private void WriteTime(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[32];
        time.UtcDateTime.TryFormat(text, out var written, "yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        _json.WriteString("time"u8, text[..written]);
    }

    private void WritePeer(ReadOnlySpan<byte> name, in AccessLogPeer peer)
    {
        _json.WriteStartObject(name);
        WriteAddress("address"u8, peer.Address);
        WriteAddress("via"u8, peer.Via);
        WriteOptional("service"u8, peer.Service);
        WriteOptional("workload"u8, peer.Workload);
        WriteOptional("principal"u8, peer.Principal);
        WriteAddress("endpoint"u8, peer.Endpoint);
        _json.WriteEndObject();
    }

    private void WriteRequest(AccessLogRequest request)
    {
        if (!request.IsPresent)
        {
            return;
        }

        WriteOptional("method"u8, request[AccessLogText.Method]);
        WriteOptional("authority"u8, request[AccessLogText.Authority]);
        WriteOptional("path"u8, request[AccessLogText.Path]);
        _json.WriteNumber("status"u8, request.Status);
        if (request.GrpcStatus != RequestOutcome.NoGrpcStatus)
        {
            _json.WriteNumber("grpc_status"u8, request.GrpcStatus);
        }

        WriteOptional("route"u8, request.Route);
        if (request.UpstreamDuration is { } upstream)
        {
            WriteMilliseconds("upstream_ms"u8, upstream);
        }

        WriteOptional("request_id"u8, request[AccessLogText.RequestId]);
        WriteOptional("trace_id"u8, request[AccessLogText.TraceId]);
        WriteOptional("user_agent"u8, request[AccessLogText.UserAgent]);
    }

    private void WriteAddress(ReadOnlySpan<byte> name, IpEndpoint address)
    {
        if (address == default)
        {
            return;
        }

        Span<char> text = stackalloc char[AddressLength];
        address.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
        _json.WriteString(name, text[..written]);
    }

    private void WriteTls(in AccessLogTls tls)
    {
        if (tls.Version is null)
        {
            return;
        }

        _json.WriteStartObject("tls"u8);
        _json.WriteString("version"u8, tls.Version);
        WriteOptional("cipher"u8, tls.Cipher);
        _json.WriteBoolean("resumed"u8, tls.Resumed);
        _json.WriteEndObject();
    }

    private void WriteOptional(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }

    // Bytes of peers: what is no UTF-8 in them comes out as the replacement character.
    private void WriteOptional(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            _json.WriteString(name, value);
        }
    }

    private void WriteMilliseconds(ReadOnlySpan<byte> name, TimeSpan duration) =>
        _json.WriteNumber(name, Math.Round(duration.TotalMilliseconds, 3));
}
