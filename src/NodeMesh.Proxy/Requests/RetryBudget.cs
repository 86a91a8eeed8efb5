namespace NodeMesh.Proxy.Requests;

/// <summary>
/// How many requests of one service may be on their second or later try at a time: a share of those under way and a few more, so that retries
/// cannot make an outage worse.
/// </summary>
internal static class RetryBudget
{
    /// <summary>Always allowed.</summary>
    public const int Floor = 10;

    /// <summary>One in so many of the requests under way: 20 %.</summary>
    public const int Share = 5;
}
