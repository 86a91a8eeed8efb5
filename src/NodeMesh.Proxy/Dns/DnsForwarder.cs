using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace NodeMesh.Proxy.Dns;

/// <summary>
/// Asks upstream servers, one after the other, starting with the one that answered last. Every attempt has its own connected socket (so the
/// kernel takes datagrams of that server alone, on a random port) and its own random id. Runs on the thread pool; one per server.
/// </summary>
internal sealed class DnsForwarder(DnsOptions options, UpstreamServers servers)
{
    private const int MaxMessage = 65_535;

    // Answers that do not fit the question are forged or late: a few are read over, a flood ends the attempt.
    private const int MaxForeignAnswers = 16;

    private int _preferred;

    public bool HasServers => servers.Current.Count > 0;

    /// <summary>
    /// The answer with the client's id in it, or null when no server gave one in time. SERVFAIL and REFUSED of one server send the query on
    /// to the next; if all say so, the last of these is the answer.
    /// </summary>
    public async Task<byte[]?> ForwardAsync(ReadOnlyMemory<byte> request, DnsQuery query, CancellationToken cancellation)
    {
        byte[]? unwilling = null;
        var list = servers.Current;
        var first = Volatile.Read(ref _preferred);
        var copy = request[..query.Length].ToArray();
        for (var attempt = 0; attempt < list.Count * options.Rounds; attempt++)
        {
            var index = (first + attempt) % list.Count;
            var answer = await AskAsync(list[index], copy, query, cancellation);
            if (answer is null)
            {
                continue;
            }

            // The question goes back as the client wrote it: its mixed case may be a secret that it checks.
            BinaryPrimitives.WriteUInt16BigEndian(answer, query.Id);
            request.Span.Slice(DnsMessage.HeaderLength, query.QuestionLength).CopyTo(answer.AsSpan(DnsMessage.HeaderLength));
            if (DnsMessage.ReadResponseCode(answer) is DnsResponseCode.ServerFailure or DnsResponseCode.Refused)
            {
                unwilling = answer;
                if (attempt + 1 >= list.Count)
                {
                    break;
                }

                continue;
            }

            Volatile.Write(ref _preferred, index);
            return answer;
        }

        return unwilling;
    }

    private async Task<byte[]?> AskAsync(IPEndPoint server, byte[] request, DnsQuery query, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(options.AttemptTimeout);
        var id = (ushort)RandomNumberGenerator.GetInt32(1 << 16);
        BinaryPrimitives.WriteUInt16BigEndian(request, id);
        try
        {
            var answer = await AskUdpAsync(server, request, id, query, deadline.Token);
            return answer is not null && (DnsMessage.ReadFlags(answer) & DnsMessage.FlagTruncated) != 0
                ? await AskTcpAsync(server, request, id, query, deadline.Token)
                : answer;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Too slow: the next server.
            return null;
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException)
        {
            // Unreachable or gone away: the next server.
            return null;
        }
    }

    private async Task<byte[]?> AskUdpAsync(IPEndPoint server, byte[] request, ushort id, DnsQuery query, CancellationToken deadline)
    {
        using var socket = options.MakeUpstreamSocket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, deadline);
        await socket.SendAsync(request, deadline);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage);
        try
        {
            for (var foreign = 0; foreign < MaxForeignAnswers; foreign++)
            {
                var length = await socket.ReceiveAsync(buffer, deadline);
                if (DnsMessage.IsAnswerTo(buffer.AsSpan(0, length), id, query))
                {
                    return buffer[..length];
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<byte[]?> AskTcpAsync(IPEndPoint server, byte[] request, ushort id, DnsQuery query, CancellationToken deadline)
    {
        using var socket = options.MakeUpstreamSocket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, deadline);
        await using var stream = new NetworkStream(socket);
        await DnsStream.WriteAsync(stream, request, deadline);
        var answer = await DnsStream.ReadAsync(stream, deadline) ?? throw new EndOfStreamException();
        return DnsMessage.IsAnswerTo(answer, id, query) ? answer : null;
    }
}
