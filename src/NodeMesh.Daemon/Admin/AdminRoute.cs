namespace NodeMesh.Daemon.Admin;

/// <summary>A request that the admin API answers.</summary>
/// <param name="Parameters">The names of its parameters; others are refused.</param>
internal sealed record AdminRoute(string Method, string Path, IReadOnlyList<string> Parameters, Func<AdminRequest, Task<AdminAnswer>> HandleAsync);
