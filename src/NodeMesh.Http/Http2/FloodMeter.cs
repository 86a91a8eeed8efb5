namespace NodeMesh.Http.Http2;

/// <summary>
/// The token bucket behind one <see cref="FloodLimit"/>. The clock is read only when the tokens have run out, so a peer that behaves
/// costs a decrement. Owned by the connection.
/// </summary>
internal struct FloodMeter(FloodLimit limit, long createdAt)
{
    private readonly FloodLimit _limit = limit;
    private int _tokens = limit.Burst;
    private long _filledAt = createdAt;

    /// <summary>Takes one token; false when there is none: the peer floods.</summary>
    public bool TryTake(TimeProvider time)
    {
        if (_tokens > 0)
        {
            _tokens--;
            return true;
        }
        long now = time.GetTimestamp();
        double earned = time.GetElapsedTime(_filledAt, now).TotalSeconds * _limit.PerSecond;
        if (earned < 1)
        {
            return false;
        }
        _tokens = (int)Math.Min(earned, _limit.Burst) - 1;
        _filledAt = now;
        return _tokens >= 0;
    }

    /// <summary>Gives tokens for work that makes such frames legitimate, up to the burst.</summary>
    public void Give(int tokens) => _tokens = Math.Min(_tokens + tokens, _limit.Burst);
}
