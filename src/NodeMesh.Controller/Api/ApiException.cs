using NodeMesh.Resources.Problems;

namespace NodeMesh.Controller.Api;

/// <summary>A request is answered with a problem (RFC 9457). The message says what is wrong, and what would be right.</summary>
internal sealed class ApiException(int status, string message, IReadOnlyList<IssueMessage>? errors = null) : Exception(message)
{
    public int Status => status;

    public IReadOnlyList<IssueMessage>? Errors => errors;
}
