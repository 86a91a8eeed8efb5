using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Identities;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Tests.Identities;

public sealed class ExpiryWatchTests : IDisposable
{
    private readonly TestMesh _mesh = new();
    private readonly Clock _clock = new();
    private readonly Lines _log = new();

    [Fact]
    public void A_late_renewal_is_warned_about_once_and_the_end_is_an_error()
    {
        _mesh.Issue(TimeSpan.FromHours(10));
        var svids = SvidDirectory.Load(_mesh.IdentitiesPath);
        using var watch = new ExpiryWatch(() => svids, _clock, _log);

        watch.Check();
        Assert.Empty(_log.All);

        _clock.Offset = TimeSpan.FromHours(8.5);
        watch.Check();
        watch.Check();
        Assert.Equal([LogLevel.Warning], _log.All.Select(line => line.Level));

        _clock.Offset = TimeSpan.FromHours(11);
        watch.Check();
        Assert.Equal([LogLevel.Warning, LogLevel.Error], _log.All.Select(line => line.Level));
        Assert.Contains(TestMesh.Cart.ToString(), _log.All.Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_from_the_future_points_at_the_clock()
    {
        _mesh.Issue();
        var svids = SvidDirectory.Load(_mesh.IdentitiesPath);
        _clock.Offset = TimeSpan.FromHours(-1);
        using var watch = new ExpiryWatch(() => svids, _clock, _log);

        watch.Check();

        Assert.Contains("clock", Assert.Single(_log.All).Text, StringComparison.Ordinal);
    }

    public void Dispose() => _mesh.Dispose();

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }

    private sealed class Lines : ILogger<ExpiryWatch>
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue((logLevel, formatter(state, exception)));
    }
}
