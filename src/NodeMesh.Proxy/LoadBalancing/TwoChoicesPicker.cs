using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>
/// Power of two choices: two distinct endpoints by chance, of which the less loaded one is used. Close to always taking the least loaded,
/// without the herd that follows when many pick at once.
/// </summary>
public abstract class TwoChoicesPicker : IEndpointPicker
{
    public Endpoint? Pick(ReadOnlySpan<Endpoint> endpoints, in TriedEndpoints tried, Random random)
    {
        var alive = 0;
        var usable = 0;
        var usableUntried = 0;
        var untried = 0;
        foreach (var endpoint in endpoints)
        {
            var isUsable = endpoint.State.IsUsable;
            alive += endpoint.State.IsReportedDead ? 0 : 1;
            var isUntried = !tried.Contains(endpoint);
            usable += isUsable ? 1 : 0;
            untried += isUntried ? 1 : 0;
            usableUntried += isUsable && isUntried ? 1 : 0;
        }

        var usableOnly = !IsPanic(usable, alive) && usableUntried > 0;
        var candidates = usableOnly ? usableUntried : untried;
        if (candidates == 0)
        {
            return null;
        }

        var first = random.Next(candidates);
        var picked = Candidate(endpoints, tried, usableOnly, first);
        if (candidates > 1)
        {
            var second = random.Next(candidates - 1);
            var other = Candidate(endpoints, tried, usableOnly, second < first ? second : second + 1);
            picked = Load(other.State) < Load(picked.State) ? other : picked;
        }

        picked.State.Acquire();
        return picked;
    }

    /// <summary>
    /// With most endpoints in trouble, sending everything to the few others would take those down too: then all are used. Those that their own nodes
    /// report dead do not count, since nothing that is sent there arrives; where all are reported so, reports are not worth more than none, and all are used.
    /// </summary>
    /// <param name="alive">Endpoints that are not reported dead.</param>
    internal static bool IsPanic(int usable, int alive) => alive == 0 || usable * 2 < alive;

    private protected abstract double Load(EndpointState state);

    private static Endpoint Candidate(ReadOnlySpan<Endpoint> endpoints, in TriedEndpoints tried, bool usableOnly, int index)
    {
        Endpoint? last = null;
        foreach (var endpoint in endpoints)
        {
            if ((!usableOnly || endpoint.State.IsUsable) && !tried.Contains(endpoint))
            {
                last = endpoint;
                if (index-- == 0)
                {
                    break;
                }
            }
        }

        // Health can change between the counting and this walk: then the last candidate, or any endpoint at all, is as good as the chosen.
        return last ?? endpoints[0];
    }
}
