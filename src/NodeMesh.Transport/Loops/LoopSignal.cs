namespace NodeMesh.Transport.Loops;

/// <summary>A <see cref="LoopAwaitable{T}"/> that says nothing but that it is time.</summary>
public sealed class LoopSignal : LoopAwaitable<bool>
{
    protected override bool TakeResult() => true;
}
