namespace NodeMesh.Transport.Loops;

/// <summary>A handler that can be ended from outside after it threw, so that nothing is left half alive.</summary>
internal interface IAbortable
{
    void AbortAfterFailure(Exception exception);
}
