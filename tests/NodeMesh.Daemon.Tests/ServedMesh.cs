namespace NodeMesh.Daemon.Tests;

/// <summary>A ready daemon with the small mesh, for each test of a class that asks it something.</summary>
public abstract class ServedMesh : IAsyncLifetime
{
    private protected TestMesh Mesh { get; } = new();

    private protected RunningDaemon Running { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh.Issue();
        Running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(Mesh));
    }

    public async Task DisposeAsync()
    {
        await Running.DisposeAsync();
        Mesh.Dispose();
    }
}
