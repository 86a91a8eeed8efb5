using System.Runtime.CompilerServices;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.LoadBalancing;

/// <summary>The endpoints that a connection has failed on so far: a handful in place, without allocation. Lives in its connection's frame.</summary>
public struct TriedEndpoints
{
    /// <summary>How many endpoints a connection may try.</summary>
    public const int Capacity = 4;

    private Slots _slots;

    public int Count { get; private set; }

    /// <summary>True when no further endpoint may be tried.</summary>
    public readonly bool IsFull => Count == Capacity;

    /// <exception cref="InvalidOperationException">It is full.</exception>
    public void Add(Endpoint endpoint)
    {
        if (IsFull)
        {
            throw new InvalidOperationException($"a connection tries at most {Capacity} endpoints");
        }

        _slots[Count++] = endpoint;
    }

    public readonly bool Contains(Endpoint endpoint)
    {
        for (var i = 0; i < Count; i++)
        {
            if (ReferenceEquals(_slots[i], endpoint))
            {
                return true;
            }
        }

        return false;
    }

    [InlineArray(Capacity)]
    private struct Slots
    {
        private Endpoint? _first;
    }
}
