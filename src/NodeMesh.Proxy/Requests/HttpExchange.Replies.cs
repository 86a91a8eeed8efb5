using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>Answers of the daemon itself, in place of an upstream's.</summary>
internal sealed partial class HttpExchange
{
    private void Reply(RefusalCode code, string detail)
    {
        Refuse(code, detail);
        ReleaseUpstream(LegEnd.Cancelled);
        Status = RefusalCodes.HttpStatus(Refusal);
        RefusalReply.Write(_worker.Reply, Refusal, Status, IsGrpc);
        if (IsGrpc)
        {
            Status = 200;
            GrpcStatus = RefusalCodes.GrpcStatus(Refusal);
        }

        if (_downstream!.WriteHeaders(_worker.Reply, endStream: true))
        {
            Complete();
        }
        else
        {
            End(LegEnd.Failed, LegEnd.Cancelled);
        }
    }
}
