using System.Buffers;
using System.Buffers.Binary;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;

namespace NodeMesh.Http.Http2;

/// <summary>Writes frames straight into the output.</summary>
public sealed partial class Http2Connection
{
    private int _peerMaxFrameSize = FrameHeader.LeastMaxPayload;

    internal bool WriteHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (stream.IsClosed || _closed)
        {
            return false;
        }
        if (stream.LocalEnded)
        {
            throw new InvalidOperationException($"Stream {stream.Id} was ended before.");
        }
        if (stream.IsTunnel)
        {
            throw new InvalidOperationException($"Stream {stream.Id} is a tunnel: it has no trailers.");
        }
        WriteHeaderBlock(stream.Id, headers, endStream);
        if (_role == Http2Role.Server && !stream.Answered)
        {
            byte kind = headers.TryGet(KnownHeader.Status, out ReadOnlySpan<byte> status) && !status.IsEmpty ? status[0] : (byte)0;
            stream.Answered = kind != (byte)'1';
            if (stream.Answered)
            {
                _rapidResets.Give(1);
            }
            stream.IsTunnel = stream.IsConnect && kind == (byte)'2';
        }
        if (endStream)
        {
            Unblock(stream);
            EndLocal(stream);
        }
        return true;
    }

    internal int WriteData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (stream.IsClosed || _closed)
        {
            return 0;
        }
        if (stream.LocalEnded || (_role == Http2Role.Server && !stream.Answered))
        {
            throw new InvalidOperationException($"Stream {stream.Id} was ended before, or its response headers were not sent.");
        }
        int allowed = AllowedNow(stream, data.Length);
        bool whole = allowed == data.Length;
        int maxFrame = Math.Min(_peerMaxFrameSize, _options.MaxDataFrameSize);
        int sent = 0;
        while (sent < allowed)
        {
            int length = Math.Min(allowed - sent, maxFrame);
            bool last = endStream && whole && sent + length == allowed;
            WriteFrame(FrameType.Data, last ? FrameFlags.EndStream : FrameFlags.None, stream.Id, data.Slice(sent, length));
            sent += length;
            _windowUpdates.Give(20);
        }
        stream.OwnSendWindow -= sent;
        ConnectionSendWindow -= sent;
        if (!whole)
        {
            Block(stream, progressed: sent > 0);
            return sent;
        }
        Unblock(stream);
        if (endStream)
        {
            if (data.IsEmpty)
            {
                WriteFrame(FrameType.Data, FrameFlags.EndStream, stream.Id, default);
            }
            EndLocal(stream);
        }
        return sent;
    }

    // While others wait for the connection's credit, a stream writes in its turn only, and one frame at a time.
    private int AllowedNow(Http2Stream stream, int wanted)
    {
        if (wanted == 0 || stream.Queue is not null)
        {
            return 0;
        }
        long window = Math.Min(stream.OwnSendWindow, ConnectionSendWindow);
        if (HasWaiting)
        {
            window = Math.Min(window, _options.MaxDataFrameSize);
        }
        return (int)Math.Clamp(window, 0, wanted);
    }

    private void WriteHeaderBlock(int streamId, HeaderList headers, bool endStream)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(HpackEncoder.MaxEncodedLength(headers));
        ReadOnlySpan<byte> rest = rented.AsSpan(0, _encoder.Encode(headers, rented));
        FrameType type = FrameType.Headers;
        FrameFlags flags = endStream ? FrameFlags.EndStream : FrameFlags.None;
        while (true)
        {
            int length = Math.Min(rest.Length, _peerMaxFrameSize);
            bool last = length == rest.Length;
            WriteFrame(type, last ? flags | FrameFlags.EndHeaders : flags, streamId, rest[..length]);
            if (last)
            {
                break;
            }
            rest = rest[length..];
            type = FrameType.Continuation;
            flags = FrameFlags.None;
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void WriteOwnSettings()
    {
        Span<byte> payload = stackalloc byte[7 * 6];
        int length = 0;
        if (_options.HeaderTableSize != HpackDecoder.DefaultTableSize)
        {
            AddSetting(payload, ref length, SettingId.HeaderTableSize, _options.HeaderTableSize);
            _decoder.AnnounceTableSize(_options.HeaderTableSize);
        }
        if (_role == Http2Role.Client)
        {
            AddSetting(payload, ref length, SettingId.EnablePush, 0);
        }
        else
        {
            AddSetting(payload, ref length, SettingId.MaxConcurrentStreams, _options.MaxConcurrentStreams);
            if (_options.AllowExtendedConnect)
            {
                AddSetting(payload, ref length, SettingId.EnableConnectProtocol, 1);
            }
        }
        if (_options.InitialStreamWindow != DefaultWindow)
        {
            AddSetting(payload, ref length, SettingId.InitialWindowSize, _options.InitialStreamWindow);
        }
        if (_options.MaxFrameSize != FrameHeader.LeastMaxPayload)
        {
            AddSetting(payload, ref length, SettingId.MaxFrameSize, _options.MaxFrameSize);
        }
        AddSetting(payload, ref length, SettingId.MaxHeaderListSize, _options.MaxHeaderListSize);
        WriteFrame(FrameType.Settings, FrameFlags.None, 0, payload[..length]);
    }

    private static void AddSetting(Span<byte> payload, ref int length, SettingId id, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(payload[length..], (ushort)id);
        BinaryPrimitives.WriteInt32BigEndian(payload[(length + 2)..], value);
        length += 6;
    }

    private void WriteWindowUpdate(int streamId, int increment)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        WriteFrame(FrameType.WindowUpdate, FrameFlags.None, streamId, payload);
    }

    private void WriteReset(int streamId, Http2ErrorCode code)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)code);
        WriteFrame(FrameType.ResetStream, FrameFlags.None, streamId, payload);
    }

    private void WritePing(ulong opaque, bool ack)
    {
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(payload, opaque);
        WriteFrame(FrameType.Ping, ack ? FrameFlags.Ack : FrameFlags.None, 0, payload);
    }

    private void WriteGoAway(int lastStreamId, Http2ErrorCode code, ReadOnlySpan<byte> debugData)
    {
        Span<byte> payload = stackalloc byte[8 + debugData.Length];
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)code);
        debugData.CopyTo(payload[8..]);
        WriteFrame(FrameType.GoAway, FrameFlags.None, 0, payload);
    }

    private void WriteFrame(FrameType type, FrameFlags flags, int streamId, ReadOnlySpan<byte> payload)
    {
        // The header and as much of the payload as fits into the output's current piece of memory; the rest into the following. A full DATA frame
        // begins a new one: it is made to fill it, and so would all that come after it.
        bool isFull = type == FrameType.Data && payload.Length == _options.MaxDataFrameSize;
        Span<byte> target = _output.GetSpan(isFull ? FrameHeader.Length + payload.Length : FrameHeader.Length);
        FrameHeader.Write(target, payload.Length, type, flags, streamId);
        int copied = Math.Min(payload.Length, target.Length - FrameHeader.Length);
        payload[..copied].CopyTo(target[FrameHeader.Length..]);
        _output.Advance(FrameHeader.Length + copied);
        while (copied < payload.Length)
        {
            target = _output.GetSpan(1);
            int length = Math.Min(payload.Length - copied, target.Length);
            payload.Slice(copied, length).CopyTo(target);
            _output.Advance(length);
            copied += length;
        }
    }
}
