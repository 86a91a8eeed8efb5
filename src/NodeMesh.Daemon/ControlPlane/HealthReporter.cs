using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Health;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// Tells the controller which ports of this node's workloads do not serve: everything when there is a new connection, and again with every change. Used by
/// one loop of the daemon at a time; its owner disposes it.
/// </summary>
internal sealed partial class HealthReporter(LocalHealth health, TimeProvider time, ILogger<HealthReporter> log) : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(ControllerLink controller, CancellationToken cancellation)
    {
        IReadOnlyList<UnhealthyPortMessage>? told = null;
        while (true)
        {
            var pause = LookInterval;
            var now = health.Look();
            if (told is null || !told.SequenceEqual(now))
            {
                try
                {
                    await controller.TellAsync("/v1/health", new HealthMessage(now), EnrollmentJson.Form.HealthMessage, cancellation);
                    told = now;
                    LogTold(now.Count);
                }
                catch (ControlPlaneException exception)
                {
                    LogFailed(exception.Message);
                    pause = PauseAfterFailure;
                }
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    public void Dispose() => health.Dispose();

    [LoggerMessage(Level = LogLevel.Debug, Message = "The controller knows that {Count} ports of this node's workloads do not serve")]
    private partial void LogTold(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The controller does not know which workloads serve: {Reason}")]
    private partial void LogFailed(string reason);
}
