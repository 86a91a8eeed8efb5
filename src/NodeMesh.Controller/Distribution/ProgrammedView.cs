namespace NodeMesh.Controller.Distribution;

/// <summary>Which revisions connected nodes have in force at one moment, and since when. Immutable.</summary>
/// <param name="acknowledged">The revision of each node, ascending.</param>
/// <param name="everywhere">The newest that all of them have.</param>
/// <param name="reached">Steps of those that all have, ascending.</param>
/// <param name="lost">Steps of those that not all have any more, descending.</param>
internal sealed class ProgrammedView(long[] acknowledged, long everywhere, ProgrammedStep[] reached, ProgrammedStep[] lost)
{
    /// <summary>How many are connected.</summary>
    public int Nodes => acknowledged.Length;

    /// <summary>How many have it. A list asks for every resource of the mesh, so it is looked up and not counted.</summary>
    public int CountOf(long revision) => acknowledged.Length - First(acknowledged.Length, place => acknowledged[place] >= revision);

    /// <summary>Since when all connected nodes have it, or not all any more; null where that was so from the revision's first moment on, or the controller's.</summary>
    public DateTimeOffset? Since(long revision)
    {
        if (revision <= everywhere)
        {
            return reached[First(reached.Length, place => reached[place].UpTo >= revision)].At;
        }

        var beyond = First(lost.Length, place => lost[place].UpTo < revision);
        return beyond == 0 ? null : lost[beyond - 1].At;
    }

    /// <summary>The first place from which on something is so, or the count when it is nowhere.</summary>
    private static int First(int count, Func<int, bool> isSo)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = isSo(middle) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
