namespace NodeMesh.Transport.Tests.Tls;

/// <summary>The real time, moved by hand.</summary>
internal sealed class TestClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
