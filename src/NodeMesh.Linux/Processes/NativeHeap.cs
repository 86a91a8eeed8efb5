namespace NodeMesh.Linux.Processes;

/// <summary>The C library's heap of this process: what OpenSSL, SQLite and the runtime itself allocate.</summary>
public static class NativeHeap
{
    /// <summary>Gives whole free pages back to the system (malloc_trim(3)). Takes milliseconds; safe on any thread.</summary>
    public static void Trim() => _ = LibC.malloc_trim(0);
}
