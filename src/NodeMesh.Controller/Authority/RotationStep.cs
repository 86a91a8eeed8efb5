namespace NodeMesh.Controller.Authority;

/// <summary>The steps of replacing the root.</summary>
internal enum RotationStep
{
    /// <summary>The next root is made, and trusted.</summary>
    Prepare,

    /// <summary>It signs.</summary>
    Activate,

    /// <summary>The old root is trusted no more.</summary>
    Retire,
}
