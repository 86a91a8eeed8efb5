using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>The process selector of one local workload, with its user looked up. Immutable.</summary>
internal sealed class CompiledSelector
{
    private readonly ProcessSelector _selector;
    private readonly uint? _uid;

    /// <param name="workload">Whose selector it is.</param>
    /// <param name="selector">With its user, if any, known to be <paramref name="uid"/>.</param>
    /// <param name="uid">The uid to match, from the selector's uid or user; null when it names neither.</param>
    internal CompiledSelector(LocalWorkload workload, ProcessSelector selector, uint? uid)
    {
        Workload = workload;
        _selector = selector;
        _uid = uid;
    }

    internal LocalWorkload Workload { get; }

    internal bool AsksExecutable => _selector.Executable is not null;

    /// <summary>
    /// The most specific first: more fields; then by the fields themselves, executable before systemd unit before cgroup before user; then
    /// the deeper cgroup; then namespace and name, so that the order never depends on anything else.
    /// </summary>
    internal static int CompareSpecificity(CompiledSelector left, CompiledSelector right)
    {
        var order = right.Fields.CompareTo(left.Fields);
        order = order != 0 ? order : right.Kinds.CompareTo(left.Kinds);
        order = order != 0 ? order : right.Depth.CompareTo(left.Depth);
        order = order != 0 ? order : string.CompareOrdinal(left.Workload.Resource.Namespace, right.Workload.Resource.Namespace);
        return order != 0 ? order : string.CompareOrdinal(left.Workload.Resource.Name, right.Workload.Resource.Name);
    }

    /// <summary>True when both select exactly the same processes.</summary>
    internal bool IsSameAs(CompiledSelector other) =>
        _selector with { User = null, Uid = _uid } == other._selector with { User = null, Uid = other._uid };

    /// <summary>Everything but the executable.</summary>
    internal bool MatchesBesidesExecutable(in ProcessFacts process) =>
        (_uid is null || _uid == process.Uid)
        && (_selector.SystemdUnit is null || string.Equals(_selector.SystemdUnit, process.SystemdUnit, StringComparison.Ordinal))
        && (_selector.CgroupPath is null || IsIn(process.CgroupPath, _selector.CgroupPath));

    internal bool MatchesExecutable(in ProcessFacts process) =>
        _selector.Executable is null || string.Equals(_selector.Executable, process.Executable, StringComparison.Ordinal);

    private int Fields => System.Numerics.BitOperations.PopCount((uint)Kinds);

    private int Kinds =>
        (_selector.Executable is null ? 0 : 8) | (_selector.SystemdUnit is null ? 0 : 4) | (_selector.CgroupPath is null ? 0 : 2) | (_uid is null ? 0 : 1);

    private int Depth => _selector.CgroupPath?.AsSpan().TrimEnd('/').Count('/') ?? 0;

    private static bool IsIn(string? path, ReadOnlySpan<char> ancestor)
    {
        ancestor = ancestor.TrimEnd('/');
        return path is not null
            && path.AsSpan().StartsWith(ancestor, StringComparison.Ordinal)
            && (path.Length == ancestor.Length || path[ancestor.Length] == '/');
    }
}
