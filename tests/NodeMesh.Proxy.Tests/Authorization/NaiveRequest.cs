using System.Net;

namespace NodeMesh.Proxy.Tests.Authorization;

/// <summary>A request as the reference judges it: taken apart already, and in text.</summary>
/// <param name="Host">Without port, or null.</param>
/// <param name="Path">Without query.</param>
/// <param name="Headers">The lines under each name.</param>
internal sealed record NaiveRequest(string Method, string? Host, string Path, IReadOnlyDictionary<string, string[]> Headers, IPAddress Remote);
