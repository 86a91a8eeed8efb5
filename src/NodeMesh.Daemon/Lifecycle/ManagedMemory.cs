using NodeMesh.Linux.Processes;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>The memory of the process that the runtime and the C library manage.</summary>
internal static class ManagedMemory
{
    /// <summary>Gives back to the system what nothing refers to any more; every thread waits meanwhile.</summary>
    public static void Release()
    {
        // Aggressive gives free pages back; what finalizers let go of in the first is garbage in the second.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        NativeHeap.Trim();
    }
}
