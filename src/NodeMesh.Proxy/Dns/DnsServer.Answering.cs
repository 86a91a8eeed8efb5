namespace NodeMesh.Proxy.Dns;

/// <summary>What is answered here, what is forwarded, and how a forwarded query ends.</summary>
public sealed partial class DnsServer
{
    private const int Nothing = 0;
    private const int MustForward = -1;

    /// <summary>
    /// Writes the response into the buffer and returns its length; <see cref="Nothing"/> when the message deserves none;
    /// <see cref="MustForward"/> when an upstream server has to be asked, for which a permit has then been taken.
    /// </summary>
    private int Decide(ReadOnlySpan<byte> request, DnsTransport transport, long began, byte[] buffer, out DnsQuery query)
    {
        var status = DnsMessage.ParseQuery(request, out query);
        if (status == DnsQueryStatus.Ignored)
        {
            Record(transport, DnsOutcome.Malformed, began);
            return Nothing;
        }

        var response = buffer.AsSpan(0, LimitOf(transport, query));
        var recursion = _forwarder!.HasServers;
        switch (status)
        {
            case DnsQueryStatus.Malformed:
                Record(transport, DnsOutcome.Malformed, began);
                return DnsResponder.Refuse(request, query with { QuestionLength = 0, HasEdns = false }, DnsResponseCode.FormatError, recursion, response);
            case DnsQueryStatus.NotImplemented:
                Record(transport, DnsOutcome.Refused, began);
                return DnsResponder.Refuse(request, query, DnsResponseCode.NotImplemented, recursion, response);
            case DnsQueryStatus.BadVersion:
                Record(transport, DnsOutcome.Refused, began);
                return DnsResponder.Refuse(request, query, DnsResponseCode.BadVersion, recursion, response);
            default:
                break;
        }

        var length = DnsResponder.Answer(request, query, _table, recursion, response);
        if (length > 0)
        {
            Record(transport, DnsOutcome.Answered, began);
            return length;
        }

        if (!recursion || query.Type is DnsRecordType.AXFR or DnsRecordType.IXFR)
        {
            Record(transport, DnsOutcome.Refused, began);
            return DnsResponder.Refuse(request, query, DnsResponseCode.Refused, recursion, response);
        }

        if (!_forwards.Wait(0))
        {
            Record(transport, DnsOutcome.Refused, began);
            return DnsResponder.Refuse(request, query, DnsResponseCode.ServerFailure, recursion, response);
        }

        return MustForward;
    }

    /// <summary>The response for a query that was forwarded: what the upstream server said, cut to the client's size, or SERVFAIL.</summary>
    private byte[] Conclude(byte[] request, in DnsQuery query, DnsTransport transport, long began, byte[]? answer)
    {
        if (answer is not null)
        {
            Record(transport, DnsOutcome.Forwarded, began);
            if (answer.Length <= LimitOf(transport, query))
            {
                return answer;
            }
        }
        else
        {
            Record(transport, DnsOutcome.Failed, began);
            LogNoAnswer(query.Name);
        }

        var response = new byte[DnsMessage.MinUdpSize];
        var length = answer is null
            ? DnsResponder.Refuse(request, query, DnsResponseCode.ServerFailure, recursion: true, response)
            : DnsResponder.Truncate(request, query, answer, response);
        return response[..length];
    }

    private static int LimitOf(DnsTransport transport, in DnsQuery query) => transport == DnsTransport.Udp ? DnsResponseWriter.UdpLimit(query) : MaxMessage;

    private void Record(DnsTransport transport, DnsOutcome outcome, long began) => Metrics.Record(transport, outcome, _time.GetElapsedTime(began));
}
