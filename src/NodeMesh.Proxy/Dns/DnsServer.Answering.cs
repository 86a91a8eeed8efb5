namespace NodeMesh.Proxy.Dns;

/// <summary>What is answered here, what is forwarded, and how a forwarded query ends.</summary>
public sealed partial class DnsServer
{
    private const int Nothing = 0;
    private const int MustForward = -1;
    private const bool UdpResponse = true;
    private const bool TcpResponse = false;

    /// <summary>
    /// Writes the response into the buffer and returns its length; <see cref="Nothing"/> when the message deserves none;
    /// <see cref="MustForward"/> when an upstream server has to be asked, for which a permit has then been taken.
    /// </summary>
    private int Decide(ReadOnlySpan<byte> request, bool udp, byte[] buffer, out DnsQuery query)
    {
        var status = DnsMessage.ParseQuery(request, out query);
        if (status == DnsQueryStatus.Ignored)
        {
            Counters.CountMalformed();
            return Nothing;
        }

        Counters.CountQuery();
        var response = buffer.AsSpan(0, udp ? DnsResponseWriter.UdpLimit(query) : MaxMessage);
        var recursion = _forwarder!.HasServers;
        switch (status)
        {
            case DnsQueryStatus.Malformed:
                Counters.CountMalformed();
                return DnsResponder.Refuse(request, query with { QuestionLength = 0, HasEdns = false }, DnsResponseCode.FormatError, recursion, response);
            case DnsQueryStatus.NotImplemented:
                Counters.CountRefused();
                return DnsResponder.Refuse(request, query, DnsResponseCode.NotImplemented, recursion, response);
            case DnsQueryStatus.BadVersion:
                Counters.CountRefused();
                return DnsResponder.Refuse(request, query, DnsResponseCode.BadVersion, recursion, response);
            default:
                break;
        }

        var length = DnsResponder.Answer(request, query, _table, recursion, response);
        if (length > 0)
        {
            Counters.CountAnsweredLocally();
            return length;
        }

        if (!recursion || query.Type is DnsRecordType.AXFR or DnsRecordType.IXFR)
        {
            Counters.CountRefused();
            return DnsResponder.Refuse(request, query, DnsResponseCode.Refused, recursion, response);
        }

        if (!_forwards.Wait(0))
        {
            Counters.CountRefused();
            return DnsResponder.Refuse(request, query, DnsResponseCode.ServerFailure, recursion, response);
        }

        return MustForward;
    }

    /// <summary>The response for a query that was forwarded: what the upstream server said, cut to the client's size, or SERVFAIL.</summary>
    private byte[] Conclude(byte[] request, in DnsQuery query, byte[]? answer, int limit)
    {
        if (answer is not null)
        {
            Counters.CountForwarded();
            if (answer.Length <= limit)
            {
                return answer;
            }
        }
        else
        {
            Counters.CountFailed();
            LogNoAnswer(query.Name);
        }

        var response = new byte[DnsMessage.MinUdpSize];
        var length = answer is null
            ? DnsResponder.Refuse(request, query, DnsResponseCode.ServerFailure, recursion: true, response)
            : DnsResponder.Truncate(request, query, answer, response);
        return response[..length];
    }
}
